import fc from "fast-check";
import type { FieldClass } from "../../../shared/schema/rule.ts";
import { MOODS, type TrialColumn } from "../trial/columns.ts";
import { text } from "./texts.ts";

/** How values of a class are made: as a column stores them, in text form, and as a rule writes them. */
export interface ClassValues {
  stored(column: TrialColumn): fc.Arbitrary<string>;
  /** Null: nothing of this class can be written in a rule. */
  readonly literal: fc.Arbitrary<unknown> | null;
}

const WIDTH: Readonly<Record<string, number>> = { "varchar(60)": 60, "char(8)": 8, "trial.line": 200 };
const HUGE = "9".repeat(60);
const UUIDS = [
  "00000000-0000-0000-0000-000000000000",
  "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
];

const small = fc.integer({ min: -4, max: 4 }).map(String);
const decimal = fc.tuple(
  fc.integer({ min: -20, max: 20 }),
  fc.constantFrom("", ".0", ".5", ".10", ".1", ".0001"),
).map((
  parts,
) => parts.join(""));
const WIDE = [
  HUGE,
  `-${HUGE}.5`,
  "0.1",
  "0.10",
  `0.${"0".repeat(40)}1`,
  "9007199254740993",
  "9007199254740992",
  "-0",
];
const SPECIAL = ["NaN", "Infinity", "-Infinity"];

const NUMBERS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  smallint: fc.oneof(small, fc.constantFrom("32767", "-32768")),
  integer: fc.oneof(small, fc.constantFrom("2147483647", "-2147483648")),
  bigint: fc.oneof(small, fc.constantFrom("9223372036854775807", "-9223372036854775808", "9007199254740993")),
  numeric: fc.oneof(small, decimal, fc.constantFrom(...WIDE, ...SPECIAL)),
  "numeric(20, 4)": fc.oneof(small, decimal, fc.constantFrom("NaN", "0.1", "1234567890123456.7891")),
  "trial.share": fc.oneof(small, decimal, fc.constantFrom("NaN", "0.001")),
  real: fc.oneof(small, fc.constantFrom("0.1", "0.2", "1e-45", "3.4028235e38", "16777217", "-0", ...SPECIAL)),
  "double precision": fc.oneof(
    small,
    fc.constantFrom(
      "0.1",
      "0.30000000000000004",
      "1e21",
      "1e-7",
      "5e-324",
      "1.7976931348623157e308",
      "-0",
      ...SPECIAL,
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  ),
};

const DAYS = [
  "2024-02-29",
  "2024-03-31",
  "2024-10-27",
  "2024-11-03",
  "0001-01-01",
  "9999-12-31",
  "2023-12-31",
  "2024-01-01",
];
const TIMES = ["00:00:00", "23:59:59.999999", "01:30:00", "02:30:00.000001", "12:00:00.5"];
const anyDay = fc.tuple(
  fc.integer({ min: 2023, max: 2025 }),
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 28 }),
).map(([year, month, day]) => `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`);
const day = fc.oneof(fc.constantFrom(...DAYS), anyDay);
const farDay = fc.constantFrom(
  "0044-03-15 BC",
  "0044-03-16 BC",
  "4713-12-01 BC",
  "10000-01-01",
  "294276-12-31",
);
const zone = fc.constantFrom("Z", "+02:00", "-05:00", "+05:45", "+15:59");

const dateValues: ClassValues = {
  stored: () => fc.oneof({ arbitrary: day, weight: 5 }, farDay, fc.constantFrom("infinity", "-infinity")),
  literal: day,
};

const instantValues: ClassValues = {
  stored: ({ type }) =>
    fc.oneof(
      {
        arbitrary: fc.tuple(day, fc.constantFrom(...TIMES), zone)
          .map(([date, time, offset]) => `${date} ${time}${type === "timestamp" ? "" : offset}`),
        weight: 5,
      },
      fc.tuple(farDay, fc.constantFrom(...TIMES))
        .map(([date, time]) =>
          `${date.replace(" BC", "")} ${time}${type === "timestamp" ? "" : "Z"}${/ BC/.exec(date) ?? ""}`
        ),
      fc.constantFrom("infinity", "-infinity"),
    ),
  // The last two are no times of the day, and refused.
  literal: fc.tuple(day, fc.constantFrom(...TIMES, ...TIMES, "23:59:60", "24:00:00"), zone)
    .map(([date, time, offset]) => `${date}T${time}${offset}`),
};

const OTHERS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  json: fc.constantFrom("null", " null ", "{}", '"null"', "0", "[null]"),
  jsonb: fc.constantFrom("null", "{}", '"null"', "false", '""'),
  "text[]": fc.constantFrom("{}", "{NULL}", "{a}"),
  interval: fc.constantFrom("0", "1 month"),
};

/** One entry a class. */
export const CLASS_VALUES = {
  text: {
    stored: ({ type }) => text.map((value) => [...value].slice(0, WIDTH[type] ?? 1000).join("")),
    literal: text,
  },
  number: {
    stored: ({ type }) => NUMBERS[type]!,
    literal: fc.oneof(
      small,
      decimal,
      fc.constantFrom(...WIDE),
      fc.integer({ min: -4, max: 4 }),
      fc.constant(0.5),
    ),
  },
  boolean: { stored: () => fc.constantFrom("true", "false"), literal: fc.boolean() },
  uuid: {
    stored: () => fc.constantFrom(...UUIDS),
    literal: fc.constantFrom(...UUIDS, ...UUIDS.map((uuid) => uuid.toUpperCase())),
  },
  enum: { stored: () => fc.constantFrom(...MOODS), literal: fc.constantFrom(...MOODS) },
  date: dateValues,
  instant: instantValues,
  other: { stored: ({ type }) => OTHERS[type]!, literal: null },
} satisfies Record<FieldClass, ClassValues>;
