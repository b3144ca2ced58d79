//! A Merkle tree, hashed as RFC 6962 does: a leaf after a zero byte, a node after a one. The root of an edition is a hash over the number
//! of leaves too, after a two: without it, a proof with another number of them could lead to the same root.

use iapt_files::Sha256;

/// The hashes of the leaves, in order.
#[derive(Clone, Debug, Default)]
pub struct Tree(Vec<Sha256>);

impl Tree {
    /// The hash of a leaf.
    #[must_use]
    pub fn leaf(bytes: &[u8]) -> Sha256 {
        Sha256::of_parts(&[&[0], bytes])
    }

    /// The tree over leaves that were hashed.
    #[must_use]
    pub fn of(leaves: Vec<Sha256>) -> Self {
        Self(leaves)
    }

    /// How many leaves there are.
    #[must_use]
    pub fn n_leaves(&self) -> usize {
        self.0.len()
    }

    /// The hash over all of them and their number.
    #[must_use]
    pub fn root(&self) -> Sha256 {
        sealed(self.0.len(), root(&self.0))
    }

    /// The hashes that lead from a leaf to the root, from below; none where there is no such leaf.
    #[must_use]
    pub fn path(&self, index: usize) -> Option<Vec<Sha256>> {
        let mut path = Vec::new();
        let (mut leaves, mut index) = (self.0.as_slice(), index);
        if index >= leaves.len() {
            return None;
        }
        while leaves.len() > 1 {
            let (left, right) = leaves.split_at(cut(leaves.len()));
            if index < left.len() {
                path.push(root(right));
                leaves = left;
            } else {
                path.push(root(left));
                index -= left.len();
                leaves = right;
            }
        }
        path.reverse();
        Some(path)
    }

    /// The root that a leaf and its path lead to; none where the path has not the length that it has there.
    #[must_use]
    pub fn climb(leaf: Sha256, index: usize, n_leaves: usize, path: &[Sha256]) -> Option<Sha256> {
        // Which side the leaf is on, from the root down.
        let mut is_left = Vec::new();
        let (mut index, mut size) = (index, n_leaves);
        if index >= size {
            return None;
        }
        while size > 1 {
            let left = cut(size);
            is_left.push(index < left);
            (index, size) = if index < left { (index, left) } else { (index - left, size - left) };
        }
        if is_left.len() != path.len() {
            return None;
        }
        let climb = |below: Sha256, (is_left, beside): (&bool, &Sha256)| {
            if *is_left { node(below, *beside) } else { node(*beside, below) }
        };
        Some(sealed(n_leaves, is_left.iter().rev().zip(path).fold(leaf, climb)))
    }
}

fn root(leaves: &[Sha256]) -> Sha256 {
    match leaves {
        [] => Sha256::of(b""),
        [leaf] => *leaf,
        leaves => {
            let (left, right) = leaves.split_at(cut(leaves.len()));
            node(root(left), root(right))
        }
    }
}

fn sealed(n_leaves: usize, root: Sha256) -> Sha256 {
    let n_leaves = u64::try_from(n_leaves).unwrap_or(u64::MAX);
    Sha256::of_parts(&[&[2], &n_leaves.to_be_bytes(), root.as_bytes()])
}

fn node(left: Sha256, right: Sha256) -> Sha256 {
    Sha256::of_parts(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// The largest power of two below a number of leaves, which is two or more.
fn cut(n_leaves: usize) -> usize {
    n_leaves.div_ceil(2).next_power_of_two()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_those_of_the_standard() {
        // The eight leaves of the test vectors of Certificate Transparency (RFC 6962), and the roots of the first of them.
        let leaves: [&[u8]; 8] = [
            b"",
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        for (n_leaves, root) in (1..).zip(roots) {
            let hashed: Vec<Sha256> = leaves[..n_leaves].iter().map(|leaf| Tree::leaf(leaf)).collect();
            assert_eq!(super::root(&hashed).to_string(), root, "{n_leaves}");
        }
        assert_eq!(super::root(&[]), Sha256::of(b""));
    }

    #[test]
    fn every_leaf_has_a_path_to_the_root_and_no_other_leaf_has_it() {
        for n_leaves in 1..40_usize {
            let leaves: Vec<Sha256> = (0..n_leaves).map(|leaf| Tree::leaf(&leaf.to_be_bytes())).collect();
            let tree = Tree::of(leaves.clone());
            assert_eq!(tree.path(n_leaves), None);
            for (index, leaf) in leaves.iter().enumerate() {
                let path = tree.path(index).unwrap();
                assert_eq!(Tree::climb(*leaf, index, n_leaves, &path), Some(tree.root()));
                assert_ne!(Tree::climb(Tree::leaf(b"other"), index, n_leaves, &path), Some(tree.root()));
                assert_eq!(Tree::climb(*leaf, n_leaves, n_leaves, &path), None);
                // Another number of leaves, even where the path has the same length and the same sides.
                for other in (index + 1..80).filter(|other| *other != n_leaves) {
                    assert_ne!(Tree::climb(*leaf, index, other, &path), Some(tree.root()));
                }
                let longer = [path.as_slice(), &[*leaf]].concat();
                assert_eq!(Tree::climb(*leaf, index, n_leaves, &longer), None);
                if n_leaves > 1 {
                    let other = (index + 1) % n_leaves;
                    assert_ne!(Tree::climb(*leaf, other, n_leaves, &path), Some(tree.root()));
                }
            }
        }
    }
}
