/**
 * `deno task schema`: writes what the catalog says of our schemas into `tests/db/schema.txt`.
 *
 * @module
 */
import postgres from "postgres";
import { withMigratedDatabase } from "../../../local/tasks/migrated_database.ts";
import { describeSchema } from "./describe_schema.ts";

if (import.meta.main) {
  const description = await withMigratedDatabase(async (url) => {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    try {
      return await describeSchema(sql);
    } finally {
      await sql.end();
    }
  });
  await Deno.writeTextFile(new URL("../schema.txt", import.meta.url), description);
  console.log("tests/db/schema.txt is written.");
  Deno.exit(0);
}
