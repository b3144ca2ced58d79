//! A funnel: every organisation by its size and its rate, with the limits that chance leaves, and those that chance and
//! the ordinary differences between organisations leave together.

use serde::Serialize;

use crate::{
    Frame, Label, Layout, Leader, Px, hollow_note,
    scale::{Scale, Tick, number, round_domain, spread_out, upright},
    text,
};

/// One mark per organisation.
pub struct Funnel {
    /// In order of size.
    pub points: Vec<FunnelPoint>,
    /// The rate of all together and how it is written.
    pub center: Option<(f64, String)>,
    /// What the size counts.
    pub size_label: String,
}

/// One organisation.
pub struct FunnelPoint {
    /// The code that marks of one organisation share, in every chart of a page.
    pub code: String,
    /// Which cell of a table it is.
    pub figure: String,
    /// What its place from the left stands for.
    pub size: f64,
    /// The value, in the unit of the axis.
    pub value: f64,
    /// `higher`, `similar` or `lower`, by the wider limits.
    pub stands: &'static str,
    /// Whether something was found about its data; the mark is hollow then.
    pub is_flagged: bool,
    /// What is said where a pointer rests on it.
    pub tooltip: String,
    /// Its name, where it is written; empty where it is not.
    pub label: String,
    /// Lower and upper 95% limit by chance alone.
    pub chance: Option<(f64, f64)>,
    /// Lower and upper limit with the differences between organisations: 95% and 99.8%.
    pub wide: Option<[(f64, f64); 2]>,
}

#[derive(Serialize)]
struct Drawing {
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    left: Px,
    right: Px,
    top: Px,
    bottom: Px,
    center_y: Option<Px>,
    band: String,
    outer: Vec<String>,
    chance: Vec<String>,
    points: Vec<Point>,
    labels: Vec<Label>,
    leaders: Vec<Leader>,
}

#[derive(Serialize)]
struct Point {
    code: String,
    figure: String,
    stands: &'static str,
    is_flagged: bool,
    x: Px,
    y: Px,
    tooltip: String,
}

impl Layout for Funnel {
    const TEMPLATE: &'static str = "funnel";

    fn lay_out(&self, frame: Frame) -> (f64, impl Serialize) {
        let (left, right) = (40.0, frame.width() - 8.0);
        let (top, bottom) = (30.0, frame.pick(340.0, 320.0));
        let values = self.points.iter().map(|point| point.value);
        let domain = round_domain(values.chain(self.center.iter().map(|(value, _)| *value)), 0.0, 100.0);
        let largest = self.points.iter().map(|point| point.size).fold(1.0, f64::max);
        let y = Scale::new(domain, (bottom, top));
        let x = Scale::new((0.0, largest * 1.03), (left, right));
        // A limit beyond the scale is not drawn, rather than drawn on its edge.
        let inside = |value: &f64| (domain.0..=domain.1).contains(value);
        let curve = |pick: &dyn Fn(&FunnelPoint) -> Option<f64>| -> Vec<(f64, f64)> {
            let place = |point: &FunnelPoint| Some((x.at(point.size), y.at(pick(point).filter(inside)?)));
            self.points.iter().filter_map(place).collect()
        };
        let wide = |index: usize, is_high: bool| {
            curve(&move |point| {
                let (low, high) = point.wide?[index];
                Some(if is_high { high } else { low })
            })
        };
        let chance =
            [path(&curve(&|point| Some(point.chance?.0))), path(&curve(&|point| Some(point.chance?.1)))];
        let mut around = wide(0, false);
        around.extend(wide(0, true).into_iter().rev());
        let points = self.points.iter().map(|point| Point {
            code: point.code.clone(),
            figure: point.figure.clone(),
            stands: point.stands,
            is_flagged: point.is_flagged,
            x: Px(x.at(point.size)),
            y: Px(y.at(point.value)),
            tooltip: point.tooltip.clone(),
        });
        let (mut labels, leaders) = self.names(x, y, (top, bottom), frame);
        if let Some((_, written)) = &self.center {
            labels.push(Label::new(right, 14.0, written, "strong-orange end"));
        }
        labels.push(Label::new(right, bottom + 34.0, &self.size_label, "small muted end"));
        let (note, room) = hollow_note(bottom + 54.0, self.points.iter().any(|point| point.is_flagged));
        labels.extend(note);
        let every = largest / frame.pick(6.0, 3.0);
        let drawing = Drawing {
            x_ticks: sizes(every, largest)
                .into_iter()
                .map(|size| Tick {
                    at: Px(x.at(size)),
                    label: Label::new(
                        x.at(size),
                        bottom + 17.0,
                        crate::format::count(size),
                        "small muted middle",
                    ),
                })
                .collect(),
            y_ticks: upright(domain, y, left),
            left: Px(left),
            right: Px(right),
            top: Px(top),
            bottom: Px(bottom),
            center_y: self.center.as_ref().map(|(value, _)| Px(y.at(*value))),
            band: if around.is_empty() { String::new() } else { format!("{}Z", path(&around)) },
            outer: [path(&wide(1, false)), path(&wide(1, true))].into(),
            chance: chance.into(),
            points: points.collect(),
            labels,
            leaders,
        };
        (bottom + 42.0 + room, drawing)
    }
}

impl Funnel {
    /// The names that are written, on the side of their marks where there is room.
    fn names(
        &self,
        x: Scale,
        y: Scale,
        (top, bottom): (f64, f64),
        frame: Frame,
    ) -> (Vec<Label>, Vec<Leader>) {
        let named: Vec<&FunnelPoint> = self.points.iter().filter(|point| !point.label.is_empty()).collect();
        let places: Vec<f64> = named.iter().map(|point| y.at(point.value)).collect();
        let spread = spread_out(&places, 14.0, top, bottom);
        let mut labels = Vec::new();
        let mut leaders = Vec::new();
        for ((point, place), moved) in named.iter().zip(&places).zip(&spread) {
            let at = x.at(point.size);
            let name = text::shorten(&point.label, 11.5, frame.pick(240.0, 170.0));
            let is_left = at + 14.0 + text::width(&name, 11.5) > frame.width();
            let (label_x, class) =
                if is_left { (at - 12.0, "small end halo") } else { (at + 12.0, "small halo") };
            let to_x = if is_left { label_x + 2.0 } else { label_x - 2.0 };
            labels.push(Label::new(label_x, moved + 4.0, name, class));
            leaders.push(Leader { x: Px(at), y: Px(*place), to_x: Px(to_x), to_y: Px(*moved) });
        }
        (labels, leaders)
    }
}

fn path(corners: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in corners.iter().enumerate() {
        path.push(if index == 0 { 'M' } else { 'L' });
        path.push_str(&format!("{} {}", Px(*x).text(), Px(*y).text()));
    }
    path
}

/// Round sizes up to the largest, at least so far apart.
fn sizes(apart: f64, largest: f64) -> Vec<f64> {
    let power = 10_f64.powf(apart.max(1.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= apart);
    let step = step.unwrap_or(apart);
    (1..20_u32)
        .map(|index| step * number(usize::try_from(index).unwrap_or(0)))
        .take_while(|size| *size <= largest)
        .collect()
}
