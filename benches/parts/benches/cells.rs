//! What every cell goes through: its text is read, and the true values that would have been printed so are bounded.

use std::{hint::black_box, path::Path};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use iapt_model::{Project, Statistic};

/// As they stand in a row of an organisation with few people.
const TEXTS: [&str; 8] = ["1945", "*", "NULL", "50.8", "NULL", "35", "*", "12.25"];

fn cells(criterion: &mut Criterion) {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let project = Project::load(&checkout).unwrap();
    let dataset = project.datasets.first().unwrap();
    let mut group = criterion.benchmark_group("cells");
    group.throughput(Throughput::Elements(8));
    group.bench_function("read", |bencher| {
        bencher.iter(|| TEXTS.map(|text| dataset.markers.read(black_box(text), Statistic::Count)));
    });
    let read = TEXTS.map(|text| dataset.markers.read(text, Statistic::Count).unwrap());
    group.bench_function("bounds", |bencher| {
        bencher.iter(|| read.map(|cell| dataset.disclosure.bounds(black_box(cell), Statistic::Count, false)));
    });
    group.finish();
}

criterion_group!(benches, cells);
criterion_main!(benches);
