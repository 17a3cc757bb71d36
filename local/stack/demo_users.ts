import type { Sql } from "postgres";

/** Somebody who can sign in on a local start. */
export interface DemoUser {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly role: "viewer" | "member" | "steward" | "admin";
  readonly orgId: string;
  readonly orgName: string;
}

const organizations = [
  {
    id: "00000000-0000-4000-8000-00000000a000",
    name: "Harbor Lane Supply",
    timeZone: "America/New_York",
    country: "US",
    currency: "USD",
  },
  {
    id: "00000000-0000-4000-8000-00000000b000",
    name: "Kestrel Analytics",
    timeZone: "Europe/London",
    country: "GB",
    currency: "GBP",
  },
] as const;

// the ids and organizations that supabase/seed.sql gives memberships to
const accounts = [
  ["00000000-0000-4000-8000-00000000a001", "viewer@harbor-lane.example.com", "viewer", 0],
  ["00000000-0000-4000-8000-00000000a002", "rep@harbor-lane.example.com", "member", 0],
  ["00000000-0000-4000-8000-00000000a003", "steward@harbor-lane.example.com", "steward", 0],
  ["00000000-0000-4000-8000-00000000a004", "admin@harbor-lane.example.com", "admin", 0],
  ["00000000-0000-4000-8000-00000000b002", "rep@kestrel.example.com", "member", 1],
  ["00000000-0000-4000-8000-00000000b004", "admin@kestrel.example.com", "admin", 1],
] as const;

/** The demo users; all of them have the same password. */
export function demoUsers(password: string): DemoUser[] {
  return accounts.map(([id, email, role, org]) => {
    const { id: orgId, name: orgName } = organizations[org];
    return { id, email, password, role, orgId, orgName };
  });
}

/**
 * Makes the demo users able to sign in and members of their organizations, and makes the organizations where no seed
 * did. Harmless where they exist.
 *
 * @param admin Connection as the superuser: accounts with given ids are nothing that Auth's API offers.
 */
export async function createDemoUsers(admin: Sql, users: readonly DemoUser[]): Promise<void> {
  await admin.begin(async (sql) => {
    for (const { id, name, timeZone, country, currency } of organizations) {
      await sql`
        insert into public.organizations (id, name, time_zone, default_country, default_currency)
        values (${id}, ${name}, ${timeZone}, ${country}, ${currency})
        on conflict (id) do nothing`;
    }
    for (const { id, email, password, role, orgId } of users) {
      const identity = { sub: id, email, email_verified: true, phone_verified: false };
      await sql`
        insert into auth.users (id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data,
          raw_user_meta_data)
        values (${id}, 'authenticated', 'authenticated', ${email},
          extensions.crypt(${password}, extensions.gen_salt('bf', 8)), now(),
          ${sql.json({ provider: "email", providers: ["email"] })}, ${sql.json(identity)})
        on conflict (id) do nothing`;
      await sql`
        insert into auth.identities (id, provider, provider_id, user_id, identity_data)
        values (gen_random_uuid(), 'email', ${id}, ${id}, ${sql.json(identity)})
        on conflict (provider, provider_id) do nothing`;
      await sql`
        insert into governance.memberships (user_id, org_id, role) values (${id}, ${orgId}, ${role})
        on conflict do nothing`;
    }
  });
}
