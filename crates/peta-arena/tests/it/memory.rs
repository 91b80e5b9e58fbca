//! This process as the kernel shows it.

use std::{fs::File, io, os::unix::fs::FileExt};

/// One line of `/proc/self/maps`, with what `smaps` knows about it.
#[derive(Debug, Default)]
pub(crate) struct Region {
    pub(crate) rights: String,
    pub(crate) name: String,
    pub(crate) flags: Vec<String>,
    pub(crate) kib: usize,
    pub(crate) locked_kib: usize,
}

/// The region in which an address lies.
pub(crate) fn region(address: usize) -> Region {
    let text = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let mut lines = text.lines().skip_while(|line| !heads(line, address));
    let mut head = lines.next().expect("the address is mapped").split_ascii_whitespace().skip(1);
    let mut region = Region { rights: head.next().unwrap().to_owned(), ..Region::default() };
    region.name = head.skip(3).collect::<Vec<_>>().join(" ");
    for line in lines {
        let Some((key, value)) = line.split_once(':') else { break };
        let number = || value.trim().trim_end_matches(" kB").parse().unwrap();
        match key {
            "Size" => region.kib = number(),
            "Locked" => region.locked_kib = number(),
            "VmFlags" => {
                region.flags = value.split_ascii_whitespace().map(str::to_owned).collect();
                break;
            }
            _ => {}
        }
    }
    region
}

/// Whether the line begins a region with this address in it.
fn heads(line: &str, address: usize) -> bool {
    let range = line.split_ascii_whitespace().next().and_then(|range| range.split_once('-'));
    let number = |text: &str| usize::from_str_radix(text, 16).ok();
    range.and_then(|(from, to)| Some(number(from)?..number(to)?)).is_some_and(|range| range.contains(&address))
}

/// What stands in memory, whoever owns it.
pub(crate) fn read(address: usize, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    read_into(address, &mut bytes)?;
    Ok(bytes)
}

/// As above, into memory that is there already.
pub(crate) fn read_into(address: usize, bytes: &mut [u8]) -> io::Result<()> {
    File::open("/proc/self/mem")?.read_exact_at(bytes, u64::try_from(address).unwrap())
}

/// A number of `/proc/self/status`, in KiB.
pub(crate) fn status_kib(key: &str) -> usize {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).unwrap();
    value.trim().trim_end_matches(" kB").parse().unwrap()
}
