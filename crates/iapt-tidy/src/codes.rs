//! Columns that are codes into a list of values, written as what they are. Parquet's own writer would look up the value of every
//! row again, and in the tidy table that took most of the time.

use std::collections::HashMap;

use arrow::{
    array::{Array, ArrayRef, AsArray, Float64Array, StringArray},
    datatypes::{Float64Type, Int32Type},
};
use bytes::Bytes;
use parquet::{
    basic::{Compression, Encoding, PageType, ZstdLevel},
    column::{
        page::{CompressedPage, Page, PageWriter},
        writer::ColumnCloseResult,
    },
    data_type::ByteArray,
    errors::{ParquetError, Result as ParquetResult},
    file::{
        metadata::{ColumnChunkMetaData, PageEncodingStats},
        statistics::{Statistics, ValueStatistics},
        writer::{SerializedPageWriter, TrackedWrite},
    },
    schema::types::ColumnDescPtr,
};
use zstd::bulk::Compressor;

/// A column of a row group, encoded and compressed, and what a footer says of it.
pub(crate) struct Chunk {
    pub(crate) bytes: Bytes,
    pub(crate) close: ColumnCloseResult,
}

/// Encodes one column after the other.
pub(crate) struct CodeEncoder(Compressor<'static>);

/// Pages that are smaller together are not made smaller by compressing them.
const NOT_COMPRESSED: usize = 256;

impl CodeEncoder {
    pub(crate) fn new() -> ParquetResult<Self> {
        Ok(Self(Compressor::new(ZstdLevel::default().compression_level())?))
    }

    /// Encodes a column: a page of the values that it has, each once, and a page of codes. None where it is not codes into a
    /// list of texts or numbers.
    pub(crate) fn encode(
        &mut self,
        column: &ColumnDescPtr,
        array: &ArrayRef,
    ) -> ParquetResult<Option<Chunk>> {
        let Some(coded) = array.as_dictionary_opt::<Int32Type>() else { return Ok(None) };
        let Some(values) = Values::of(coded.values()) else { return Ok(None) };
        let mut used = Used::new(&values);
        let n_rows = coded.len();
        let (mut levels, mut packed) = (Vec::new(), Vec::new());
        let (width, n_values) = if values.len() == 1 && coded.null_count() == 0 {
            let is_value = used.code(0).is_some();
            push_run(&mut levels, u32::from(is_value), n_rows, 1);
            if is_value {
                push_run(&mut packed, 0, n_rows, 0);
            }
            (0, if is_value { n_rows } else { 0 })
        } else {
            let (mut codes, mut are_there) = (Vec::with_capacity(n_rows), Vec::with_capacity(n_rows));
            for key in coded.keys_iter() {
                let code = key.and_then(|key| used.code(key));
                are_there.push(u32::from(code.is_some()));
                codes.extend(code);
            }
            push_codes(&mut levels, &are_there, 1);
            let width = u32::BITS - used.n.saturating_sub(1).leading_zeros();
            push_codes(&mut packed, &codes, width);
            (width, codes.len())
        };
        let mut page = Vec::with_capacity(levels.len() + packed.len() + 5);
        if column.max_def_level() > 0 {
            page.extend_from_slice(&u32::try_from(levels.len()).map_err(|_| too_long())?.to_le_bytes());
            page.append(&mut levels);
        }
        page.push(u8::try_from(width).unwrap_or_default());
        page.append(&mut packed);
        let n_nulls = n_rows - n_values;
        let statistics = used.statistics(u64::try_from(n_nulls).unwrap_or_default());
        let (n_values, n_rows) = (used.n, u32::try_from(n_rows).map_err(|_| too_long())?);
        self.chunk(column, (used.plain, n_values), (page, n_rows), statistics).map(Some)
    }

    fn chunk(
        &mut self,
        column: &ColumnDescPtr,
        (values, n_values): (Vec<u8>, u32),
        (codes, n_rows): (Vec<u8>, u32),
        statistics: Statistics,
    ) -> ParquetResult<Chunk> {
        let is_compressed = values.len() + codes.len() >= NOT_COMPRESSED;
        let mut compressed = |plain: Vec<u8>| {
            let buf = if is_compressed { self.0.compress(&plain)? } else { plain };
            Ok::<Bytes, ParquetError>(buf.into())
        };
        let plain_sizes = [values.len(), codes.len()];
        let encodings = [Encoding::PLAIN, Encoding::RLE_DICTIONARY];
        let pages = [
            Page::DictionaryPage {
                buf: compressed(values)?,
                num_values: n_values,
                encoding: Encoding::PLAIN,
                is_sorted: false,
            },
            Page::DataPage {
                buf: compressed(codes)?,
                num_values: n_rows,
                encoding: Encoding::RLE_DICTIONARY,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            },
        ];
        let mut sink = TrackedWrite::new(Vec::new());
        let mut writer = SerializedPageWriter::new(&mut sink);
        let (mut offsets, mut uncompressed) = (Vec::new(), 0);
        for (page, plain_size) in pages.into_iter().zip(plain_sizes) {
            let written = writer.write_page(CompressedPage::new(page, plain_size))?;
            offsets.push(number(written.offset)?);
            uncompressed += written.uncompressed_size;
        }
        let bytes = Bytes::from(sink.into_inner()?);
        let types = [PageType::DICTIONARY_PAGE, PageType::DATA_PAGE];
        let stats = types.into_iter().zip(encodings);
        let codec =
            if is_compressed { Compression::ZSTD(ZstdLevel::default()) } else { Compression::UNCOMPRESSED };
        let metadata = ColumnChunkMetaData::builder(column.clone())
            .set_compression(codec)
            .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
            .set_page_encoding_stats(
                stats
                    .map(|(page_type, encoding)| PageEncodingStats { page_type, encoding, count: 1 })
                    .collect(),
            )
            .set_total_compressed_size(number(bytes.len())?)
            .set_total_uncompressed_size(number(uncompressed)?)
            .set_num_values(i64::from(n_rows))
            .set_dictionary_page_offset(offsets.first().copied())
            .set_data_page_offset(offsets.last().copied().unwrap_or_default())
            .set_statistics(statistics)
            .build()?;
        let close = ColumnCloseResult {
            bytes_written: u64::try_from(bytes.len()).unwrap_or_default(),
            rows_written: u64::from(n_rows),
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok(Chunk { bytes, close })
    }
}

/// What codes stand for.
enum Values<'a> {
    Texts(&'a StringArray),
    Numbers(&'a Float64Array),
}

impl<'a> Values<'a> {
    fn of(array: &'a ArrayRef) -> Option<Self> {
        let texts = array.as_string_opt::<i32>().map(Self::Texts);
        texts.or_else(|| array.as_primitive_opt::<Float64Type>().map(Self::Numbers))
    }

    fn len(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.len(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }

    /// A value as it stands in a page; none where there is none.
    fn plain(&self, position: usize) -> Option<Vec<u8>> {
        match self {
            Self::Texts(texts) => texts.is_valid(position).then(|| {
                let text = texts.value(position).as_bytes();
                let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
                [&length.to_le_bytes(), text].concat()
            }),
            Self::Numbers(numbers) => {
                numbers.is_valid(position).then(|| numbers.value(position).to_le_bytes().to_vec())
            }
        }
    }
}

/// What a value of a list is in a page.
#[derive(Clone, Copy)]
enum InPage {
    /// It has not come yet.
    New,
    /// It is no value.
    Nothing,
    Code(u32),
}

/// The values that a column has, in the order in which they come.
struct Used<'a> {
    values: &'a Values<'a>,
    /// What each value of the list is in the page, by its position in the list.
    codes: Vec<InPage>,
    /// The same by the value, since a list may have it twice.
    index: HashMap<Vec<u8>, u32>,
    /// Their positions in the list.
    positions: Vec<usize>,
    plain: Vec<u8>,
    n: u32,
}

impl<'a> Used<'a> {
    fn new(values: &'a Values<'a>) -> Self {
        let codes = vec![InPage::New; values.len()];
        Self { values, codes, index: HashMap::new(), positions: Vec::new(), plain: Vec::new(), n: 0 }
    }

    /// What stands for a value of the list in the page; none where it is no value.
    #[inline]
    fn code(&mut self, position: usize) -> Option<u32> {
        match self.codes.get(position) {
            Some(InPage::Code(code)) => Some(*code),
            Some(InPage::Nothing) => None,
            Some(InPage::New) | None => self.first(position),
        }
    }

    #[cold]
    fn first(&mut self, position: usize) -> Option<u32> {
        let code = self.values.plain(position).map(|plain| {
            if let Some(code) = self.index.get(&plain) {
                return *code;
            }
            let code = self.n;
            self.n += 1;
            self.plain.extend_from_slice(&plain);
            self.positions.push(position);
            self.index.insert(plain, code);
            code
        });
        if let Some(slot) = self.codes.get_mut(position) {
            *slot = code.map_or(InPage::Nothing, InPage::Code);
        }
        code
    }

    /// The least and the greatest value and how many rows have none, as a footer says it.
    fn statistics(&self, n_nulls: u64) -> Statistics {
        match self.values {
            Values::Texts(texts) => {
                let found = || self.positions.iter().map(|position| texts.value(*position));
                let [least, greatest] = [found().min(), found().max()].map(|text| text.map(ByteArray::from));
                ValueStatistics::new(least, greatest, None, Some(n_nulls), false).into()
            }
            Values::Numbers(numbers) => {
                let found = || self.positions.iter().map(|position| numbers.value(*position));
                // A zero may have either sign, so the least one is written as the lesser, the greatest as the greater.
                let least =
                    found().min_by(f64::total_cmp).map(|least| if least == 0.0 { -0.0 } else { least });
                let greatest = found().max_by(f64::total_cmp).map(|greatest| greatest + 0.0);
                ValueStatistics::new(least, greatest, None, Some(n_nulls), false)
                    .with_backwards_compatible_min_max(true)
                    .into()
            }
        }
    }
}

fn too_long() -> ParquetError {
    ParquetError::General("a column that is too long for one page".to_owned())
}

fn number(value: impl TryInto<i64>) -> ParquetResult<i64> {
    value.try_into().map_err(|_| too_long())
}

/// Adds codes of so many bits: a run where one comes eight times or more, else packed, eight at a time.
fn push_codes(page: &mut Vec<u8>, codes: &[u32], width: u32) {
    let mut rest = codes;
    let mut n_packed = 0;
    while let Some((head, tail)) = rest.split_at_checked(n_packed) {
        let n_same = tail.first().map_or(0, |first| tail.iter().take_while(|code| *code == first).count());
        if n_same >= 8 || tail.is_empty() {
            push_packed(page, head, width);
            if let Some(first) = tail.first() {
                push_run(page, *first, n_same, width);
            }
            rest = tail.get(n_same..).unwrap_or_default();
            n_packed = 0;
            if rest.is_empty() {
                break;
            }
        } else {
            n_packed += tail.len().min(8);
        }
    }
}

/// Adds codes, packed; what is missing of the last eight is zero.
fn push_packed(page: &mut Vec<u8>, codes: &[u32], width: u32) {
    if codes.is_empty() {
        return;
    }
    push_varint(page, codes.len().div_ceil(8) << 1 | 1);
    let (mut bits, mut n_bits) = (0_u64, 0);
    let missing = codes.len().next_multiple_of(8) - codes.len();
    for code in codes.iter().copied().chain(std::iter::repeat_n(0, missing)) {
        bits |= u64::from(code) << n_bits;
        n_bits += width;
        while n_bits >= 8 {
            let [low, ..] = bits.to_le_bytes();
            page.push(low);
            bits >>= 8;
            n_bits -= 8;
        }
    }
}

/// Adds one code that comes so many times.
fn push_run(page: &mut Vec<u8>, code: u32, n: usize, width: u32) {
    push_varint(page, n << 1);
    let n_bytes = usize::try_from(width.div_ceil(8)).unwrap_or_default();
    page.extend(code.to_le_bytes().iter().take(n_bytes));
}

fn push_varint(page: &mut Vec<u8>, mut number: usize) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            page.push(low);
            return;
        }
        page.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::{
        array::{DictionaryArray, Int32Array, RecordBatch},
        compute::take,
        datatypes::{Field, Schema},
    };
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;
    use crate::ParquetFile;

    /// Writes a column of these codes; a reader that knows nothing of codes finds the values, and the footer says their
    /// least, their greatest and how many there are not.
    #[track_caller]
    fn check(codes: Vec<Option<i32>>, values: &ArrayRef, footer: &str) {
        let codes = Int32Array::from(codes);
        let expected = take(values, &codes, None).unwrap();
        let column: ArrayRef = Arc::new(DictionaryArray::new(codes, Arc::clone(values)));
        let is_nullable = expected.null_count() > 0;
        let schema = Arc::new(Schema::new(vec![Field::new("one", column.data_type().clone(), is_nullable)]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![column]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut file = ParquetFile::start(&path, &schema, Vec::new()).unwrap();
        for next in [Some(&batch), None] {
            file.write(&batch, next).unwrap();
        }
        file.close().unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(fs_err::File::open(&path).unwrap().into_file());
        let reader = reader.unwrap();
        let column = reader.metadata().row_group(1).column(0);
        assert_eq!(column.encodings().count(), 3, "it was not written as codes");
        let found = column.statistics().unwrap();
        let found = match found {
            Statistics::Double(of) => {
                format!("{:?} {:?} {:?}", of.min_opt(), of.max_opt(), of.null_count_opt())
            }
            Statistics::ByteArray(of) => {
                let text = |value: Option<&ByteArray>| value.map(|value| value.as_utf8().unwrap().to_owned());
                format!("{:?} {:?} {:?}", text(of.min_opt()), text(of.max_opt()), of.null_count_opt())
            }
            other => panic!("{other}"),
        };
        assert_eq!(found, footer);
        let n_rows = expected.len();
        let batches: Vec<RecordBatch> =
            reader.with_batch_size(n_rows.max(1)).build().unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(batches.len(), 2);
        for batch in batches {
            assert_eq!(batch.column(0), &expected);
        }
    }

    fn texts(texts: &[&str]) -> ArrayRef {
        Arc::new(StringArray::from_iter_values(texts))
    }

    fn numbers(numbers: &[Option<f64>]) -> ArrayRef {
        Arc::new(Float64Array::from(numbers.to_vec()))
    }

    #[test]
    fn a_constant_column_is_one_value_and_one_run() {
        check(vec![Some(0); 50_000], &texts(&["one"]), r#"Some("one") Some("one") Some(0)"#);
        check(vec![Some(0); 3], &texts(&["x".repeat(2000).as_str()]), &{
            let text = "x".repeat(2000);
            format!("Some({text:?}) Some({text:?}) Some(0)")
        });
        check(vec![Some(0); 300], &numbers(&[None]), "None None Some(300)");
        check(vec![None; 300], &numbers(&[Some(1.0)]), "None None Some(300)");
        check(vec![Some(0); 9], &numbers(&[Some(0.0)]), "Some(-0.0) Some(0.0) Some(0)");
    }

    #[test]
    fn values_are_found_again_wherever_runs_begin_and_end() {
        // Runs of every length around eight, of codes that need from one bit to eleven.
        for n_values in [2, 3, 5, 17, 256, 257, 1500] {
            let (mut codes, mut state) = (Vec::new(), 7_u32);
            while codes.len() < 4_000 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let code = (state >> 8) % n_values;
                let n_same = usize::try_from(state >> 28).unwrap();
                codes.extend(std::iter::repeat_n(i32::try_from(code).ok(), n_same));
            }
            let used = |code: &Option<i32>| f64::from(code.unwrap());
            let (least, greatest) =
                (codes.iter().map(used).fold(9.0, f64::min), codes.iter().map(used).fold(0.0, f64::max));
            let list: Vec<Option<f64>> = (0..n_values).map(|number| Some(f64::from(number) + 0.5)).collect();
            let footer = format!("Some({:?}) Some({:?}) Some(0)", least + 0.5, greatest + 0.5);
            check(codes.clone(), &numbers(&list), &footer);
            // Every third has no value, by its code or by what the code stands for.
            for (row, code) in codes.iter_mut().enumerate() {
                if row % 3 == 0 {
                    *code = if row % 2 == 0 { None } else { Some(0) };
                }
            }
            let mut list = list;
            list[0] = None;
            let there: Vec<f64> =
                codes.iter().flatten().filter(|code| **code > 0).map(|code| f64::from(*code)).collect();
            let (least, greatest) =
                (there.iter().copied().fold(f64::MAX, f64::min), there.iter().copied().fold(0.0, f64::max));
            let footer = format!(
                "Some({:?}) Some({:?}) Some({})",
                least + 0.5,
                greatest + 0.5,
                codes.len() - there.len()
            );
            check(codes, &numbers(&list), &footer);
        }
    }

    #[test]
    fn a_value_that_a_list_has_twice_is_one() {
        check(vec![Some(2), Some(0), Some(1)], &texts(&["b", "a", "b"]), r#"Some("a") Some("b") Some(0)"#);
        check(vec![Some(1); 8], &texts(&["not used", "é"]), r#"Some("é") Some("é") Some(0)"#);
    }
}
