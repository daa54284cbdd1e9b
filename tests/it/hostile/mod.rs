//! Systems that a stranger has taken over: what they answer reaches no other system and no output,
//! and does not exhaust the machine that trueup runs on.

mod exhaustion;
mod memory;
mod run;
mod secrets;
mod server;
mod values;
