//! Serves a fleet file, until the command line does.
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[tokio::main]
async fn main() {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let path = std::env::args().nth(1).unwrap_or_default();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => return eprintln!("cannot read `{path}`: {error}"),
    };
    let running = match trueup::sim::Fleet::parse(&text) {
        Ok(fleet) => trueup::sim::start(fleet).await,
        Err(error) => return eprintln!("{error}"),
    };
    match running {
        Ok(running) => {
            for system in running.systems() {
                println!("{}", system.line());
            }
            let mut terminate =
                match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                    Ok(terminate) => terminate,
                    Err(error) => return eprintln!("{error}"),
                };
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            running.stop().await;
        }
        Err(error) => eprintln!("{error}"),
    }
}
