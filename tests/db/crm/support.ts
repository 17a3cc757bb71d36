import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";

export const org = "00000000-0000-4000-8000-0000000000aa";
export const other = "00000000-0000-4000-8000-0000000000bb";

/** The key of the n-th record of the books; those of the other organization begin at 50. */
export const key = (n: number) => `00000000-0000-4000-8000-0000000001${String(n).padStart(2, "0")}`;

/** Two organizations, and in the first one of everything that members and billing consist of. */
export async function books(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  await database.sql.unsafe(`
    insert into organizations (id, name) values ('${org}', 'Acme'), ('${other}', 'Other');
    insert into accounts (id, org_id, name) values ('${key(1)}', '${org}', 'Account'), ('${
    key(51)
  }', '${other}', 'Account');
    insert into plans (id, org_id, name, code) values ('${key(2)}', '${org}', 'Gold', 'G'), ('${
    key(3)
  }', '${org}', 'Silver', 'S'),
      ('${key(52)}', '${other}', 'Gold', 'G');
    insert into members (id, org_id, member_number, last_name) values ('${key(4)}', '${org}', 'M1', 'One'),
      ('${key(5)}', '${org}', 'M2', 'Two'), ('${key(54)}', '${other}', 'M1', 'One');
    insert into eligibility_files (id, org_id, source, as_of) values ('${
    key(6)
  }', '${org}', 'carrier', '2026-01-01');
    insert into billing_processors (id, org_id, name) values ('${key(7)}', '${org}', 'Till'), ('${
    key(57)
  }', '${other}', 'Till');
    insert into invoices (id, org_id, number, currency) values ('${key(8)}', '${org}', 7, 'USD'), ('${
    key(58)
  }', '${other}', 1, 'USD');
    insert into payments (id, org_id, amount, currency) values ('${key(9)}', '${org}', 5, 'USD'), ('${
    key(59)
  }', '${other}', 5, 'USD');
    insert into pipelines (id, org_id, name) values ('${key(10)}', '${org}', 'Sales'), ('${
    key(11)
  }', '${org}', 'Renewals');
    insert into pipeline_stages (id, org_id, pipeline_id, name, position, outcome) values
      ('${key(12)}', '${org}', '${key(10)}', 'Offer', 1, 'open'), ('${key(13)}', '${org}', '${
    key(10)
  }', 'Won', 2, 'won'),
      ('${key(14)}', '${org}', '${key(11)}', 'Due', 1, 'open');
    insert into deals (id, org_id, name) values ('${key(15)}', '${org}', 'Deal');`).simple();
  return database;
}
