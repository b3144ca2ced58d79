//! One cohort going down its steps, with those that leave turning off to the right; widths are to scale.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Px,
    scale::{Scale, number},
    text,
};

/// The steps from the first to the last.
pub struct Flow {
    /// The steps, in order.
    pub steps: Vec<FlowStep>,
}

/// One step.
pub struct FlowStep {
    /// What is written beside it.
    pub label: String,
    /// Referrals.
    pub count: f64,
    /// Count and share written out.
    pub lines: Vec<String>,
    /// Those that left since the last step.
    pub exit: Option<FlowExit>,
}

/// Those that leave before a step.
pub struct FlowExit {
    /// What is written beside it.
    pub label: String,
    /// Count and share written out; empty where the figures lack them.
    pub note: String,
}

#[derive(Serialize, Default)]
struct Drawing {
    bars: Vec<Rect>,
    flows: Vec<Rect>,
    exits: Vec<Exit>,
    labels: Vec<Label>,
}

#[derive(Serialize)]
struct Rect {
    x: Px,
    y: Px,
    width: Px,
    height: Px,
}

#[derive(Serialize)]
struct Exit {
    path: String,
    tooltip: String,
}

/// Where things stand in a frame.
struct Columns {
    /// Left edge of the bars.
    bars: f64,
    /// Where exits end and their labels begin.
    exits: f64,
    right: f64,
    scale: Scale,
}

const BAR: f64 = 30.0;
const LINE: f64 = 16.0;

impl Layout for Flow {
    const TEMPLATE: &'static str = "flow";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let largest = self.steps.iter().map(|step| step.count).fold(0.0, f64::max);
        let bars = frame.pick(206.0, 124.0);
        let columns = Columns {
            bars,
            exits: frame.pick(492.0, 246.0),
            right: frame.width(),
            scale: Scale::new((0.0, largest), (0.0, frame.pick(250.0, 106.0))),
        };
        let mut drawing = Drawing::default();
        // The last step: the bottom of what flows on from it, and how wide it is.
        let mut flowing: Option<(f64, f64)> = None;
        let mut y = 0.0;
        for step in &self.steps {
            let labels = step_labels(step, columns.bars - 14.0);
            let label_height = LINE * number(labels.len());
            let width = columns.scale.at(step.count);
            let mut bar_y = y + f64::max(0.0, (label_height - BAR) * 0.5);
            if let Some((bottom, before)) = flowing {
                let leaving = (before - width).max(0.0);
                let exit_labels =
                    step.exit.as_ref().map(|exit| exit_lines(exit, &columns)).unwrap_or_default();
                let exit_height = f64::max(leaving, LINE * number(exit_labels.len()));
                bar_y = bar_y.max(bottom + exit_height + 24.0);
                drawing.flow(&columns, (bottom, bar_y), width);
                if let Some(exit) = &step.exit {
                    drawing.exit(&columns, bottom, (width, before), exit, exit_labels);
                }
            }
            drawing.bars.push(Rect { x: Px(columns.bars), y: Px(bar_y), width: Px(width), height: Px(BAR) });
            let first = bar_y + BAR * 0.5 - label_height * 0.5 + 12.0;
            drawing.labels.extend(
                labels
                    .into_iter()
                    .enumerate()
                    .map(|(index, (line, class))| Label::new(0.0, first + LINE * number(index), line, class)),
            );
            flowing = Some((bar_y + BAR, width));
            y = bar_y + BAR + f64::max(14.0, (label_height - BAR) * 0.5 + 12.0);
        }
        (y, drawing)
    }
}

fn step_labels(step: &FlowStep, room: f64) -> Vec<(String, &'static str)> {
    let label = text::wrap(&step.label, text::bold(13.5), room).into_iter().map(|line| (line, "strong"));
    let lines = step.lines.iter().flat_map(|line| text::wrap(line, 13.0, room));
    label.chain(lines.map(|line| (line, ""))).collect()
}

fn exit_lines(exit: &FlowExit, columns: &Columns) -> Vec<(String, &'static str)> {
    let room = columns.right - columns.exits - 8.0;
    let note = text::wrap(&exit.note, text::bold(13.5), room).into_iter().map(|line| (line, "strong"));
    note.chain(text::wrap(&exit.label, 13.0, room).into_iter().map(|line| (line, ""))).collect()
}

impl Drawing {
    fn flow(&mut self, columns: &Columns, (from, to): (f64, f64), width: f64) {
        self.flows.push(Rect { x: Px(columns.bars), y: Px(from), width: Px(width), height: Px(to - from) });
    }

    /// A band as thick as those that leave, from the bottom of the last bar to the labels on the right.
    fn exit(
        &mut self,
        columns: &Columns,
        bottom: f64,
        (stays, before): (f64, f64),
        exit: &FlowExit,
        labels: Vec<(String, &'static str)>,
    ) {
        const TURN: f64 = 8.0;
        let (inner, outer) = (columns.bars + stays, columns.bars + before);
        let (upper, lower) = (bottom + TURN, bottom + TURN + (before - stays).max(0.0));
        let end = columns.exits;
        let path = [
            format!("M{} {}", Px(inner).text(), Px(bottom).text()),
            format!("H{}", Px(outer).text()),
            format!(
                "Q{} {} {} {}",
                Px(outer).text(),
                Px(upper).text(),
                Px(outer + TURN).text(),
                Px(upper).text()
            ),
            format!("H{}", Px(end).text()),
            format!("V{}", Px(lower).text()),
            format!("H{}", Px(inner + (lower - bottom)).text()),
            format!("Q{} {} {} {}Z", Px(inner).text(), Px(lower).text(), Px(inner).text(), Px(bottom).text()),
        ];
        self.exits.push(Exit { path: path.concat(), tooltip: format!("{} {}", exit.note, exit.label) });
        let middle = (upper + lower) * 0.5;
        let first = f64::max(middle - LINE * number(labels.len()) * 0.5 + 12.0, bottom + 12.0);
        self.labels.extend(
            labels.into_iter().enumerate().map(|(index, (line, class))| {
                Label::new(end + 8.0, first + LINE * number(index), line, class)
            }),
        );
    }
}
