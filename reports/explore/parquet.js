// Reads a whole Parquet file of flat columns, plain or zstd. hyparquet's own entry also fetches, filters and reads nested
// columns, which a file that is in memory does not need.
import { readColumn } from "hyparquet/src/column.js";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { parquetMetadata, parquetSchema } from "hyparquet/src/metadata.js";
import { getTreePath } from "hyparquet/src/schema.js";
import { decompress } from "fzstd";

const compressors = { ZSTD: (input, length) => decompress(input, new Uint8Array(length)) };

/** The columns of a file by name, each with a value or null for every row. */
export const readParquet = (bytes) => {
  const buffer = bytes.buffer;
  const metadata = parquetMetadata(buffer, { geoparquet: false });
  const tree = parquetSchema(metadata);
  const columns = {};
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    for (const { meta_data: meta } of group.columns) {
      const pathInSchema = meta.path_in_schema;
      const schemaPath = getTreePath(tree, pathInSchema);
      const { element } = schemaPath[schemaPath.length - 1];
      const start = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
      const reader = { view: new DataView(buffer, start, Number(meta.total_compressed_size)), offset: 0 };
      const decoder = { ...meta, pathInSchema, schemaPath, element, compressors, parsers: DEFAULT_PARSERS };
      const { data } = readColumn(reader, { groupStart: 0, selectStart: 0, selectEnd: rows, groupRows: rows }, decoder);
      const values = (columns[pathInSchema[0]] ??= []);
      for (const part of data) for (const value of part) values.push(value ?? null);
    }
  }
  return columns;
};
