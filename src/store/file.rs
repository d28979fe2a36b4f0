//! A token in a file of its own, 0600, in the folder of the state.

use super::sealed::{Key, LONGEST, Sealed};
use crate::config::private::Private;
use crate::foreign::Text;

/// Writes it, and reads back what was written.
pub fn put(folder: &mut Private, key: &Key, sealed: &Sealed) -> Result<(), Text> {
    let name = key.file_name();
    folder.write(&name, sealed.text())?;
    match folder.read(&name, LONGEST)? {
        Some(back) if back.as_str() == sealed.text() => Ok(()),
        _ => Err("what was written does not come back".into()),
    }
}

/// Reads it, if it is there.
pub fn get(folder: &mut Private, key: &Key) -> Result<Option<Sealed>, Text> {
    Ok(folder.read(&key.file_name(), LONGEST)?.map(Sealed::found))
}

/// Removes it; whether it was there.
pub fn remove(folder: &Private, key: &Key) -> Result<bool, Text> {
    folder.remove(&key.file_name())
}
