//! `.tar.gz` (POSIX.1-1988 ustar in RFC 1952), the same bytes for the same files: no time, no owner, one order.
//! What is read is hostile: its sizes are bounded before anything is unpacked.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::foreign::Text;

/// The largest archive that is read, in bytes.
pub const LARGEST: usize = 8 << 20;
/// The most that one may unpack to, in bytes.
const UNPACKED: usize = 32 << 20;
/// The most files that one may hold.
const FILES: usize = 500;
/// A block of tar, in bytes.
const BLOCK: usize = 512;
/// How hard is squeezed, of 10.
const LEVEL: u8 = 6;

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, with slashes.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Packs files.
pub fn pack(files: &[Entry]) -> Vec<u8> {
    let mut tar = Vec::new();
    for file in files {
        tar.extend_from_slice(&header(&file.name, file.bytes.len()));
        tar.extend_from_slice(&file.bytes);
        tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    }
    tar.resize(tar.len() + 2 * BLOCK, 0);
    let mut gz = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    gz.extend_from_slice(&compress_to_vec(&tar, LEVEL));
    gz.extend_from_slice(&crc32(&tar).to_le_bytes());
    gz.extend_from_slice(&u32::try_from(tar.len()).unwrap_or(u32::MAX).to_le_bytes());
    gz
}

fn header(name: &str, size: usize) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut set = |at: usize, bytes: &[u8]| {
        for (to, from) in block.iter_mut().skip(at).zip(bytes) {
            *to = *from;
        }
    };
    set(0, name.as_bytes().get(..name.len().min(99)).unwrap_or_default());
    set(100, b"0000600\0");
    set(108, b"0000000\0");
    set(116, b"0000000\0");
    set(124, format!("{size:011o}\0").as_bytes());
    set(136, b"00000000000\0");
    set(148, b"        ");
    set(156, b"0");
    set(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    for (to, from) in block.iter_mut().skip(148).zip(format!("{sum:06o}\0 ").bytes()) {
        *to = from;
    }
    block
}

/// CRC-32 (RFC 1952 §8).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 },
        )
    };
    !bytes.iter().fold(!0, step)
}

/// Unpacks an archive.
pub fn unpack(gz: &[u8]) -> Result<Vec<Entry>, Text> {
    if gz.len() > LARGEST {
        return Err(Text::from(format!("it is larger than {} MiB", LARGEST >> 20)));
    }
    let [0x1f, 0x8b, 8, flags, ..] = gz else { return Err(Text::from("it is no gzip file")) };
    if *flags != 0 {
        return Err(Text::from("it was packed by something else than landfall"));
    }
    let body = gz.get(10..gz.len().saturating_sub(8)).ok_or_else(|| Text::from("it is cut short"))?;
    let tar = decompress_to_vec_with_limit(body, UNPACKED)
        .map_err(|_| Text::from("it is broken, or unpacks to more than a bundle holds"))?;
    let sum = gz.get(gz.len().saturating_sub(8)..).and_then(|end| end.first_chunk::<4>());
    if sum.is_none_or(|sum| u32::from_le_bytes(*sum) != crc32(&tar)) {
        return Err(Text::from("it is broken: its check sum is wrong"));
    }
    files(&tar)
}

fn files(mut tar: &[u8]) -> Result<Vec<Entry>, Text> {
    let broken = || Text::from("it is no archive of landfall's");
    let mut found = Vec::new();
    while let Some((head, rest)) = tar.split_at_checked(BLOCK) {
        if head.iter().all(|byte| *byte == 0) {
            break;
        }
        let text = |from: usize, to: usize| {
            let field = head.get(from..to).unwrap_or_default();
            let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
            String::from_utf8_lossy(field.get(..end).unwrap_or_default()).into_owned()
        };
        let size = usize::from_str_radix(text(124, 136).trim(), 8).map_err(|_| broken())?;
        let bytes = rest.get(..size).ok_or_else(broken)?;
        if found.len() == FILES {
            return Err(Text::from(format!("it holds more than {FILES} files")));
        }
        found.push(Entry { name: text(0, 100), bytes: bytes.to_vec() });
        tar = rest.get(size.next_multiple_of(BLOCK)..).unwrap_or_default();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, bytes: &[u8]) -> Entry {
        Entry { name: name.into(), bytes: bytes.to_vec() }
    }

    #[test]
    fn what_is_packed_comes_back_and_the_same_bytes_each_time() {
        let files =
            [entry("report.json", b"{}\n"), entry("logs/a", &vec![b'x'; 100_000]), entry("empty", b"")];
        let packed = pack(&files);
        assert_eq!(packed, pack(&files));
        assert!(packed.len() < 2000, "{}", packed.len());
        assert_eq!(unpack(&packed).unwrap(), files);
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn what_is_broken_or_a_bomb_is_refused() {
        let packed = pack(&[entry("a", b"abc")]);
        assert!(unpack(b"PK").unwrap_err().contains("no gzip"));
        assert!(unpack(&packed[..packed.len() / 2]).is_err());
        let mut flipped = packed.clone();
        let at = flipped.len() - 6;
        flipped[at] ^= 1;
        assert!(unpack(&flipped).unwrap_err().contains("check sum"));
        let bomb = pack(&[entry("zeros", &vec![0; UNPACKED + BLOCK])]);
        assert!(bomb.len() < LARGEST && unpack(&bomb).unwrap_err().contains("more than a bundle holds"));
        let many: Vec<Entry> = (0..=FILES).map(|at| entry(&at.to_string(), b"")).collect();
        assert!(unpack(&pack(&many)).unwrap_err().contains("more than 500"));
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_stumble(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..2000)) {
            let _ = files(&bytes);
            let mut gz = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
            gz.extend(bytes);
            let _ = unpack(&gz);
        }
    }
}
