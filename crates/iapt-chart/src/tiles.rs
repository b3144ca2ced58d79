//! A map of tiles: every area the same size, its value written in it.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px,
    scale::{number, round_domain, ticks},
};

/// One tile per area.
pub struct Tiles {
    /// The tiles.
    pub tiles: Vec<Tile>,
}

/// One area.
pub struct Tile {
    /// The code that marks of one organisation share, in every chart of a page.
    pub code: String,
    /// Which cell of the indicator table it is.
    pub figure: String,
    /// What is written in the tile.
    pub short: String,
    /// The row of the tile, from 0.
    pub row: usize,
    /// The column of the tile, from 0.
    pub column: usize,
    /// The value, in the unit of the axis.
    pub value: Option<f64>,
    /// The value as it is written, or the sign in its place.
    pub text: String,
    /// Whether something was found about its data; the tile has a dashed edge then.
    pub is_flagged: bool,
    /// What is said where a pointer rests on it.
    pub tooltip: String,
}

#[derive(Serialize)]
struct Drawing {
    size: Px,
    tiles: Vec<TileDrawing>,
    keys: Vec<Key>,
}

#[derive(Serialize)]
struct TileDrawing {
    code: String,
    figure: String,
    is_flagged: bool,
    bin: usize,
    x: Px,
    y: Px,
    labels: Vec<Label>,
    tooltip: String,
}

#[derive(Serialize)]
struct Key {
    bin: usize,
    x: Px,
    y: Px,
    width: Px,
    label: Label,
}

/// Colours, lightest first.
const N_BINS: usize = 5;

impl Layout for Tiles {
    const TEMPLATE: &'static str = "tiles";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let columns = self.tiles.iter().map(|tile| tile.column + 1).max().unwrap_or(1);
        let rows = self.tiles.iter().map(|tile| tile.row + 1).max().unwrap_or(1);
        let gap = frame.pick(4.0, 2.0);
        let pitch = (frame.width() / number(columns)).min(64.0);
        let size = pitch - gap;
        let (low, high) = round_domain(self.tiles.iter().filter_map(|tile| tile.value), 0.0, 100.0);
        let width = (high - low) / number(N_BINS);
        let edges: Vec<f64> = (0..=N_BINS).map(|edge| low + width * number(edge)).collect();
        let bin =
            |value: f64| edges.iter().skip(1).take(N_BINS - 1).filter(|edge| value >= **edge).count() + 1;
        let tiles = self.tiles.iter().map(|tile| {
            let (x, y) = (pitch * number(tile.column), pitch * number(tile.row));
            let bin = tile.value.map_or(0, bin);
            let ink = if bin >= 4 {
                ("tiny middle on-dark", "strong-small middle on-dark")
            } else {
                ("tiny middle", "strong-small middle")
            };
            let small = frame.pick(ink.0, if bin >= 4 { "micro middle on-dark" } else { "micro middle" });
            TileDrawing {
                code: tile.code.clone(),
                figure: frame.pick(tile.figure.clone(), String::new()),
                is_flagged: tile.is_flagged,
                bin,
                x: Px(x),
                y: Px(y),
                labels: vec![
                    Label::new(x + size * 0.5, y + size * 0.42, &tile.short, small),
                    Label::new(x + size * 0.5, y + size * 0.78, &tile.text, ink.1),
                ],
                tooltip: tile.tooltip.clone(),
            }
        });
        let decimals = usize::from(
            ticks((low, high)).iter().any(|(_, text)| text.contains('.')) || width.fract() != 0.0,
        );
        let bottom = pitch * number(rows) + 8.0;
        let key = (frame.width() - 4.0).min(400.0) / number(N_BINS);
        let keys = (0..N_BINS).map(|index| {
            let x = key * number(index);
            let written = format!(
                "{} to {}",
                crate::format::fixed(edges[index], decimals),
                crate::format::fixed(edges[index + 1], decimals)
            );
            Key {
                bin: index + 1,
                x: Px(x),
                y: Px(bottom),
                width: Px(key - 3.0),
                label: Label::new(x + key * 0.5 - 1.5, bottom + 28.0, written, "tiny middle"),
            }
        });
        let drawing = Drawing { size: Px(size), tiles: tiles.collect(), keys: keys.collect() };
        (bottom + 36.0, drawing)
    }
}
