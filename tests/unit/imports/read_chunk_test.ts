import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type Carry,
  readChunk,
  type StagedRow,
} from "../../../supabase/functions/governance-api/imports/read_chunk.ts";
import {
  detectDelimiter,
  type Reading,
  type ReadingOptions,
} from "../../../supabase/functions/governance-api/imports/sniff.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string, isLittle: boolean, mark = true) => {
  const units = [...(mark ? "\ufeff" : "") + text].join("");
  const bytes = new Uint8Array(units.length * 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < units.length; at++) view.setUint16(at * 2, units.charCodeAt(at), isLittle);
  return bytes;
};

/** Reads a file that comes in parts of so many bytes. */
function readFile(bytes: Uint8Array, size = bytes.length || 1, options: ReadingOptions = {}) {
  let reading: Reading | null = null;
  let carry: Carry = { text: "", bytes: "", next_line: 1 };
  const rows: StagedRow[] = [];
  const columns = new Set<string>();
  for (let at = 0; at < Math.max(bytes.length, 1); at += size) {
    const isLast = at + size >= bytes.length;
    const read = readChunk(bytes.slice(at, at + size), reading ?? options, carry, isLast);
    reading = read.reading ?? reading;
    for (const column of read.reading?.columns ?? []) columns.add(column);
    carry = read.carry;
    rows.push(...read.rows);
  }
  return {
    reading: reading!,
    rows,
    columns: [...columns],
    cells: rows.map(([, raw]) => raw),
    faults: rows.filter(([, , fault]) => fault),
  };
}

Deno.test("a file is recognised in every encoding that spreadsheets write", () => {
  const text = "Name;Straße\r\nMüller;Ähre 5 €\r\n";
  const windows = new Uint8Array([...text].map((char) => char === "€" ? 0x80 : char.charCodeAt(0)));
  const files: [string, Uint8Array][] = [
    ["utf-8", utf8(text)],
    ["utf-8", utf8("\ufeff" + text)],
    ["utf-16le", utf16(text, true)],
    ["utf-16be", utf16(text, false)],
    ["utf-16le", utf16("Name;Street\r\nMiller;Ear 5\r\n", true, false)],
    ["windows-1252", windows],
  ];
  for (const [encoding, bytes] of files) {
    const { reading, cells } = readFile(bytes);
    assertEquals([reading.encoding, reading.delimiter, reading.has_header], [encoding, ";", true]);
    if (reading.columns[1] === "Straße") assertEquals(cells, [["Müller", "Ähre 5 €"]], encoding);
  }
});

Deno.test("the delimiter is the one that parts the lines alike, quoted ones aside", () => {
  assertEquals(detectDelimiter("a,b,c\n1,2,3\n"), ",");
  assertEquals(detectDelimiter('a;b\n"1,5";"2,5"\n"3,5";4\n'), ";");
  assertEquals(detectDelimiter("a\tb\n1,2,3\t4\n"), "\t");
  assertEquals(detectDelimiter("a|b|c\n1|2|3\n"), "|");
  assertEquals(detectDelimiter("name\nAnn\nBob\n"), ",");
});

Deno.test("a header is names; what looks like values is a row", () => {
  assertEquals(readFile(utf8("Name,Mail\nAnn,a@example.com\n")).columns, ["Name", "Mail"]);
  const bare = readFile(utf8("Ann,a@example.com,17\nBob,b@example.com,18\n"));
  assertEquals([bare.columns, bare.rows.length], [["column 1", "column 2", "column 3"], 2]);
  const uneven = readFile(utf8("Name,,Name\nAnn,x,y\n"), undefined, { has_header: true });
  assertEquals(uneven.columns, ["Name", "column 2", "Name (2)"]);
});

Deno.test("a broken line costs itself and no other, and says on which line it stands", () => {
  const { rows, faults } = readFile(
    utf8('a,b\n1,2\n"3\n,4\n5,6,7\n\n8,"x\ny"\n9,10\n11,b"c\n'.replace('"3', '"3"z')),
  );
  assertEquals(rows.filter(([, , fault]) => !fault).map(([line, raw]) => [line, raw]), [
    [2, ["1", "2"]],
    [4, ["", "4"]],
    [7, ["8", "x\ny"]],
    [9, ["9", "10"]],
  ]);
  assertEquals(faults.map(([line]) => line), [3, 5, 10]);
  const lost = readFile(utf8('a,b\n1,2\n"3,4\n5,6\n7,8\n'));
  assertEquals(lost.rows.map(([line, , fault]) => [line, fault === null]), [
    [2, true],
    [3, false],
    [4, true],
    [5, true],
  ]);
});

Deno.test("NDJSON keeps types, names its columns, and refuses what a database cannot hold", () => {
  const { reading, rows, columns } = readFile(
    utf8(
      '{"id":1,"tags":["a"]}\n{"id":"2","name":null}\n[1]\n{"id":\n{"id":12345678901234567890}\n{"id":"\\u0000"}\n',
    ),
  );
  assertEquals([reading.format, columns], ["ndjson", ["id", "tags", "name"]]);
  assertEquals(rows.slice(0, 2).map(([line, raw]) => [line, raw]), [[1, { id: 1, tags: ["a"] }], [2, {
    id: "2",
    name: null,
  }]]);
  assertEquals(rows.slice(2).map(([line, , fault]) => [line, fault !== null]), [[3, true], [4, true], [
    5,
    true,
  ], [6, true]]);
});

Deno.test("however a file is cut into chunks, the same rows come of it", () => {
  const cell = fc.oneof(
    fc.constantFrom("x", "Ä", "€", "😀", "", "1"),
    fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "é", "😀"), maxLength: 6 }),
  );
  const quote = (text: string) => /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  fc.assert(fc.property(
    fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 12 }),
    fc.integer({ min: 1, max: 40 }),
    fc.constantFrom("utf-8", "utf-16le", "utf-16be"),
    (rows, size, encoding) => {
      const text = [
        "Name,Other",
        ...rows.map(([a, b]) =>
          `k${quote(a)}`.startsWith('k"') ? `${quote("k" + a)},${quote(b)}` : `k${a},${quote(b)}`
        ),
      ].join("\n");
      const bytes = encoding === "utf-8" ? utf8(text) : utf16(text, encoding === "utf-16le");
      // So early nobody can tell: what is read from a first chunk of a byte or two is somebody's to say.
      const options = { format: "csv", encoding, delimiter: ",", has_header: true } as const;
      const { cells, faults } = readFile(bytes, size * 2, options);
      assertEquals(faults, []);
      assertEquals(cells, rows.map(([a, b]) => ["k" + a, b]));
    },
  ));
});

Deno.test("any bytes are read: rows or faults, never an error, and every line is accounted for once", () => {
  fc.assert(fc.property(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({
        unit: fc.constantFrom('"', ",", ";", "\n", "\r", "a", "{", "}", ":", "\0", "\ud800"),
        maxLength: 200,
      }).map(utf8),
    ),
    fc.integer({ min: 1, max: 100 }),
    (bytes, size) => {
      const { rows } = readFile(bytes, size);
      const lines = rows.map(([line]) => line);
      assertEquals([...new Set(lines)].sort((a, b) => a - b), lines);
      assert(
        rows.every(([, raw]) =>
          !JSON.stringify(raw).includes("\\u0000") && JSON.stringify(raw).isWellFormed()
        ),
      );
    },
  ));
});

Deno.test("a quotation that never ends is not looked for again and again", () => {
  const text = "a,b\n" + '"x,y\n"",z\n'.repeat(20_000) + '"' + "q".repeat(200_000);
  const { rows } = readFile(utf8(text));
  assert(rows.length > 100 && rows.some(([, , fault]) => fault !== null));
});
