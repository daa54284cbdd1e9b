//! How much memory a JSON text takes once it is parsed.
//!
//! A [`Value`] takes many times the room of its text, and how many times is up to whoever writes
//! the text: ten times for the properties of a dataset, 90 times for objects of one member. So the
//! limit of what is kept is one of memory, and it is checked before anything is allocated.

use serde_json::Value;

/// A slot in an array, a member's value.
const SLOT: usize = size_of::<Value>();

/// A leaf of the B-tree that an object is kept in: eleven names and values, however few are used.
const LEAF: usize = 11 * (size_of::<String>() + SLOT) + 16;

/// How many members are sure to fit into one leaf.
const LEAF_MEMBERS: usize = 11;

/// What each member costs in a tree of several leaves, which are mostly half full.
const MEMBER: usize = LEAF / 5;

/// serde_json follows no deeper nesting.
const DEEPEST: usize = 128;

/// An array or object that has not ended yet.
struct Open {
    is_object: bool,
    is_empty: bool,
    commas: usize,
}

/// The bytes of memory that a valid JSON text takes as a [`Value`], estimated from above.
pub(super) fn weight(json: &str) -> usize {
    let mut total = SLOT;
    let mut open: Vec<Open> = Vec::new();
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b']' | b'}' => total += open.pop().map_or(0, |ended| ended.weight()),
            b',' => {
                if let Some(inner) = open.last_mut() {
                    inner.commas += 1;
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => {
                if let Some(inner) = open.last_mut() {
                    inner.is_empty = false;
                }
            }
        }
        match byte {
            b'"' => total += allocated(string_length(&mut bytes)),
            b'[' | b'{' if open.len() == DEEPEST => break,
            b'[' | b'{' => {
                open.push(Open { is_object: byte == b'{', is_empty: true, commas: 0 });
            }
            _ => {}
        }
    }
    // What serde_json gives up on, it has begun.
    total + open.iter().map(Open::weight).sum::<usize>()
}

impl Open {
    fn weight(&self) -> usize {
        let members = self.commas + 1;
        if self.is_empty {
            0
        } else if !self.is_object {
            // A vector doubles as it grows.
            allocated(members.next_power_of_two().max(4) * SLOT)
        } else if members <= LEAF_MEMBERS {
            allocated(LEAF)
        } else {
            members * MEMBER
        }
    }
}

/// The bytes up to the quote that ends a string.
fn string_length(bytes: &mut std::str::Bytes<'_>) -> usize {
    let mut length = 0;
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => {
                bytes.next();
                length += 2;
            }
            _ => length += 1,
        }
    }
    length
}

/// What an allocator takes for so many bytes.
fn allocated(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + 8).next_multiple_of(16).max(32) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_plain_values_take_their_slot() {
        for json in ["null", "17", "[]", "{ }", "\"\"", " true "] {
            assert_eq!(weight(json), SLOT, "{json}");
        }
    }

    #[test]
    fn small_containers_take_what_is_allocated_for_them() {
        assert_eq!(weight("[0]"), weight("[1, 2, 3, 4]"));
        assert_eq!(weight("[[0]]"), SLOT + 2 * allocated(4 * SLOT));
        assert_eq!(weight(r#"{"a":0}"#), SLOT + allocated(LEAF) + 32);
    }

    #[test]
    fn punctuation_in_strings_counts_as_text() {
        assert_eq!(weight(r#""[{,\"}]""#), SLOT + 32);
        let long = format!("\"{}\"", "[".repeat(1000));
        assert!((1000..1100).contains(&weight(&long)));
    }

    #[test]
    fn nesting_that_is_never_parsed_is_not_followed() {
        let nested = weight(&"[".repeat(1_000_000));
        assert_eq!(nested, weight(&"[".repeat(DEEPEST + 1)));
        assert!(weight(&format!("[{}{}", "0,".repeat(1000), "[".repeat(200))) > nested);
    }
}
