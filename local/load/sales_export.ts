import { z } from "zod";

const text = z.string().transform((value) => value.trim() === "" ? null : value);
const key = z.string().refine((value) => value.trim() !== "", "is empty");
const decimal = z.string().trim().refine((value) => value === "" || /^-?\d+(\.\d+)?$/.test(value), {
  error: (issue) => `is "${issue.input}", which is not a number in plain digits`,
}).transform((value) => value === "" ? null : value);
const whole = z.string().trim().refine((value) => value === "" || /^-?\d{1,9}$/.test(value), {
  error: (issue) => `is "${issue.input}", which is not a whole number`,
}).transform((value) => value === "" ? null : Number(value));
const date = z.string().trim().refine((value) => value === "" || isDate(value), {
  error: (issue) => `is "${issue.input}", which is not a date like 2026-11-23`,
}).transform((value) => value === "" ? null : value);

/**
 * The files of a sales export and the columns that are read from them. Money in `revenue` is in millions of US dollars,
 * everywhere else in US dollars.
 */
export const salesExport = {
  accounts: {
    file: "accounts.csv",
    row: z.object({
      account: key,
      sector: text,
      year_established: whole,
      revenue: decimal,
      employees: whole,
      office_location: text,
      subsidiary_of: text,
    }),
  },
  products: {
    file: "products.csv",
    row: z.object({ product: key, series: text, sales_price: decimal }),
  },
  teams: {
    file: "sales_teams.csv",
    row: z.object({ sales_agent: key, manager: text, regional_office: text }),
  },
  pipeline: {
    file: "sales_pipeline.csv",
    row: z.object({
      opportunity_id: key,
      sales_agent: text,
      product: text,
      account: text,
      deal_stage: text,
      engage_date: date,
      close_date: date,
      close_value: decimal,
    }),
  },
} as const;

/** One of the files. */
export type ExportPart = keyof typeof salesExport;
/** A row of one of the files, its values of the right type and blank ones null. */
export type ExportRow<Part extends ExportPart> = z.output<(typeof salesExport)[Part]["row"]>;

function isDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const parsed = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(value);
}
