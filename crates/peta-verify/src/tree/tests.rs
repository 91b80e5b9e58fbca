use super::*;
use crate::Hash;

/// The entries and roots that Certificate Transparency's implementations have tested themselves with since 2013.
pub(crate) const ENTRIES: [&[u8]; 8] = [
    &[],
    &[0x00],
    &[0x10],
    &[0x20, 0x21],
    &[0x30, 0x31],
    &[0x40, 0x41, 0x42, 0x43],
    &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
    &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Keeps all nodes that are complete.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) edge: Edge,
    pub(crate) levels: Vec<Vec<Hash>>,
}

impl Kept {
    pub(crate) fn of(entries: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let mut kept = Self::default();
        for entry in entries {
            let levels = &mut kept.levels;
            kept.edge.push(Hash::of_leaf(entry.as_ref()), |level, index, hash| {
                if levels.len() == usize::from(level) {
                    levels.push(Vec::new());
                }
                assert_eq!(levels[usize::from(level)].len() as u64, index, "each in its place");
                levels[usize::from(level)].push(hash);
            });
        }
        kept
    }
}

impl Nodes for Kept {
    type Error = std::convert::Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        Ok(self.levels[usize::from(level)][usize::try_from(index).unwrap()])
    }
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    for (size, root) in ROOTS.into_iter().enumerate() {
        let kept = Kept::of(&ENTRIES[..size]);
        let hex: String = kept.edge.root().0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, root, "of {size}");
        let Ok(whole) = root_of(&kept, size as u64);
        assert_eq!(whole, kept.edge.root());
    }
}

#[test]
fn an_edge_goes_on_from_what_was_kept() {
    let entries: Vec<[u8; 2]> = (0..700_u16).map(u16::to_be_bytes).collect();
    let whole = Kept::of(&entries);
    for size in [0, 1, 2, 3, 255, 256, 257, 511, 512, 699] {
        let part = Kept::of(&entries[..size]).edge;
        let mut edge = Edge::new(part.size(), part.roots().to_vec()).unwrap();
        entries[size..].iter().for_each(|entry| edge.push(Hash::of_leaf(entry), |_, _, _| ()));
        assert_eq!(edge, whole.edge);
        let Ok(root) = root_of(&whole, size as u64);
        assert_eq!(root, part.root());
    }
    assert_eq!(Edge::new(3, vec![Hash::of_nothing()]), None);
}
