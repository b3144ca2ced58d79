//! Charts: numbers and labels in, SVG out. The geometry is computed here; the templates of `charts/` draw it.
//!
//! Every chart is drawn three times from one set of words: wide and narrow for the HTML page, which shows the one that
//! fits, and once as a file of its own that carries its title, its source and its colours with it.

mod bands;
mod bars;
mod caterpillar;
mod dots;
mod error;
mod flow;
pub mod format;
mod funnel;
mod gradient;
mod hundred;
mod panels;
mod parts;
mod ranks;
mod scale;
mod scatter;
mod shares;
mod strips;
mod text;
mod tiles;
mod trends;
mod years;

use minijinja::{Environment, value::Serde};
use serde::Serialize;

use self::scale::Px;
pub use self::{
    bands::{Band, Bands},
    bars::{Bar, Bars},
    caterpillar::Caterpillar,
    dots::{Dot, Dots},
    error::Error,
    flow::{Flow, FlowExit, FlowStep},
    funnel::{Funnel, FunnelPoint},
    gradient::{Gradient, GradientGroup},
    hundred::{Hundred, HundredPart},
    panels::{Panel, Panels, Point},
    parts::{Part, Parts, PartsRow},
    ranks::{RankRow, Ranks},
    scatter::{Landmark, Scatter, ScatterPoint},
    shares::{Share, Shares},
    strips::{Strip, Strips},
    tiles::{Tile, Tiles},
    trends::{Trend, TrendPoint, Trends},
    years::{BasisDot, BasisYear, Years, YearsGroup},
};

/// The room that a chart has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A page's column, and files.
    Wide,
    /// A phone.
    Narrow,
}

impl Frame {
    pub(crate) fn width(self) -> f64 {
        match self {
            Self::Wide => 720.0,
            Self::Narrow => 360.0,
        }
    }

    /// One of two values.
    pub(crate) fn pick<T>(self, wide: T, narrow: T) -> T {
        match self {
            Self::Wide => wide,
            Self::Narrow => narrow,
        }
    }
}

/// A line from a mark to its label, which was moved away from it.
#[derive(Serialize)]
pub(crate) struct Leader {
    pub(crate) x: Px,
    pub(crate) y: Px,
    pub(crate) to_x: Px,
    pub(crate) to_y: Px,
}

/// A text in a chart.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Label {
    pub(crate) x: Px,
    pub(crate) y: Px,
    pub(crate) text: String,
    /// Its classes in chart.css: size, weight, anchor, colour.
    pub(crate) class: &'static str,
}

impl Label {
    pub(crate) fn new(x: f64, y: f64, text: impl Into<String>, class: &'static str) -> Self {
        Self { x: Px(x), y: Px(y), text: text.into(), class }
    }

    /// Lines of text under each other.
    pub(crate) fn lines(x: f64, y: f64, step: f64, lines: Vec<String>, class: &'static str) -> Vec<Self> {
        let mut y = y - step;
        let place = |line| {
            y += step;
            Self::new(x, y, line, class)
        };
        lines.into_iter().map(place).collect()
    }
}

/// The line below a chart that says what hollow marks are, and the room that it takes; nothing where no mark is hollow.
fn hollow_note(y: f64, is_any: bool) -> (Option<Label>, f64) {
    const NOTE: &str = "Hollow: something was found about the data, [f] in the tables";
    if is_any { (Some(Label::new(0.0, y, NOTE, "small muted")), 20.0) } else { (None, 0.0) }
}

/// A chart that can be laid out in either frame.
pub trait Layout {
    /// The template below `charts/`.
    const TEMPLATE: &'static str;

    /// What the template draws, and how high it is.
    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize);
}

/// What a chart says in words.
#[derive(Clone, Debug, Serialize)]
pub struct Words {
    /// The anchor of the chart, which stays the same and names its file.
    pub id: String,
    /// The finding.
    pub title: String,
    /// Measure, geography, period, number of organisations, what was left out.
    pub subtitle: String,
    /// What the picture shows, for those who do not see it.
    pub description: String,
    /// Who published the figures.
    pub source: String,
}

/// A chart as pages carry it.
#[derive(Clone, Debug, Serialize)]
pub struct Chart {
    /// What it says in words.
    #[serde(flatten)]
    pub words: Words,
    /// SVG for the column of a page.
    pub wide: String,
    /// SVG for a phone.
    pub narrow: String,
    /// The file, relative to the page.
    pub file: String,
    /// The file's text.
    #[serde(skip)]
    pub standalone: String,
}

#[derive(Serialize)]
struct Inline<'a, T> {
    words: &'a Words,
    layout: &'static str,
    template: String,
    width: Px,
    height: Px,
    drawing: T,
}

#[derive(Serialize)]
struct Standalone<'a, T> {
    words: &'a Words,
    style: &'a str,
    template: String,
    width: Px,
    height: Px,
    title_lines: Vec<Label>,
    subtitle_lines: Vec<Label>,
    top: Px,
    source_lines: Vec<Label>,
    drawing: T,
}

/// Draws a chart in both frames and as a file, by the templates below `charts/`; `style` is the text of chart.css.
///
/// # Errors
///
/// [`Error::NoDescription`] when nothing is said to those who do not see it, [`Error::Template`] when a template is missing or
/// asks for what is not there.
pub fn draw<T: Layout>(
    templates: &Environment<'_>,
    style: &str,
    words: Words,
    chart: &T,
) -> Result<Chart, Error> {
    if words.description.is_empty() {
        return Err(Error::NoDescription { chart: words.id });
    }
    let inline = |frame: Frame| {
        let (height, drawing) = chart.lay_out(frame);
        let context = Inline {
            words: &words,
            layout: frame.pick("wide", "narrow"),
            template: template::<T>(),
            width: Px(frame.width()),
            height: Px(height),
            drawing,
        };
        render(templates, "charts/inline.svg.j2", context).map(|svg| tight(&svg))
    };
    let (wide, narrow) = (inline(Frame::Wide)?, inline(Frame::Narrow)?);
    let standalone = tight(&standalone(templates, style, &words, chart)?);
    let file = format!("figures/{}.svg", words.id);
    Ok(Chart { words, wide, narrow, file, standalone })
}

fn template<T: Layout>() -> String {
    format!("charts/{}.svg.j2", T::TEMPLATE)
}

/// Room around the drawing of a file.
const MARGIN: f64 = 24.0;

fn standalone<T: Layout>(
    templates: &Environment<'_>,
    style: &str,
    words: &Words,
    chart: &T,
) -> Result<String, Error> {
    let (drawing_height, drawing) = chart.lay_out(Frame::Wide);
    let width = Frame::Wide.width();
    let lines = |text: &str, size, y, step, class| {
        let lines = text::wrap(text, size, width);
        let height = step * scale::number(lines.len());
        (Label::lines(0.0, y, step, lines, class), y + height)
    };
    let (title_lines, y) = lines(&words.title, text::bold(19.0), 18.0, 24.0, "title");
    let (subtitle_lines, y) = lines(&words.subtitle, 13.0, y, 18.0, "muted");
    let top = y + 2.0;
    let (source_lines, bottom) = lines(&words.source, 12.0, top + drawing_height + 22.0, 16.0, "small muted");
    let context = Standalone {
        words,
        style,
        template: template::<T>(),
        width: Px(width + 2.0 * MARGIN),
        height: Px(bottom + 2.0 * MARGIN - 12.0),
        title_lines,
        subtitle_lines,
        top: Px(top),
        source_lines,
        drawing,
    };
    render(templates, "charts/standalone.svg.j2", context)
}

fn render(templates: &Environment<'_>, template: &str, context: impl Serialize) -> Result<String, Error> {
    Ok(templates.get_template(template)?.render(Serde(context))?)
}

/// The drawing without the template's indentation.
fn tight(svg: &str) -> String {
    let mut text = String::with_capacity(svg.len());
    for line in svg.lines().map(str::trim).filter(|line| !line.is_empty()) {
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_without_a_description_is_refused() {
        let mut templates = Environment::new();
        for name in ["inline", "standalone"] {
            templates.add_template_owned(format!("charts/{name}.svg.j2"), "<svg/>".to_owned()).unwrap();
        }
        let drawn = |description: &str| {
            let words = Words {
                id: "place".to_owned(),
                title: "A title".to_owned(),
                subtitle: "A subtitle".to_owned(),
                description: description.to_owned(),
                source: "A source".to_owned(),
            };
            draw(&templates, "", words, &Hundred { parts: Vec::new() })
        };
        assert_eq!(drawn("Hundred squares.").unwrap().file, "figures/place.svg");
        let refused = drawn("").err().map(|error| error.to_string());
        assert_eq!(refused.unwrap(), "chart `place` has an empty description");
    }
}
