//! In which board each clinical commissioning group lies.

use std::path::Path;

use serde::Deserialize;

use crate::{
    Organisations,
    declared::{Problems, Row, read_table},
};

/// In which board a clinical commissioning group lies: a row of `group_boards.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupBoard {
    /// The code of the last group that the area had.
    pub group_code: String,
    /// The code of the board.
    pub board_code: String,
    /// How much of the group lies in the board.
    pub part: GroupPart,
}

/// How much of a group lies in a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupPart {
    /// All of it.
    Whole,
    /// More of it than in any other board.
    Most,
    /// What another board does not have.
    Rest,
}

impl GroupPart {
    /// The word in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Most => "most",
            Self::Rest => "rest",
        }
    }
}

impl GroupBoard {
    /// Reads `group_boards.csv`, in its order; none where there is no such file.
    pub(crate) fn read(path: &Path, organisations: &Organisations, problems: &mut Problems) -> Vec<Self> {
        let mut boards = Vec::new();
        if !path.exists() {
            return boards;
        }
        for Row { line, value } in read_table::<Self>(path, problems) {
            for (level, code) in [("sub_icb", &value.group_code), ("icb", &value.board_code)] {
                if organisations.get(level, code).is_none() {
                    problems.add(path, Some(line), format!("{level} `{code}` is not in organisations.csv"));
                }
            }
            boards.push(value);
        }
        boards
    }
}
