import { assert, assertEquals, assertRejects } from "@std/assert";
import { startPlatform } from "./platform.ts";

Deno.test("Vault encrypts what it stores and gives it back to postgres and service_role alone", async () => {
  await using platform = await startPlatform();
  const { sql, admin } = platform;
  const secret = "tr0ub4dor & ünïcödé";
  const [created] = await sql`select vault.create_secret(${secret}, 'token', 'for a test') as id`;
  const id = created?.["id"];

  const [stored] = await sql`select secret, name, description from vault.secrets`;
  assertEquals([stored?.["name"], stored?.["description"]], ["token", "for a test"]);
  assert(!new TextDecoder().decode(Uint8Array.fromBase64(stored?.["secret"])).includes("tr0ub4dor"));

  const read = async () =>
    (await sql`select decrypted_secret from vault.decrypted_secrets`)[0]?.["decrypted_secret"];
  assertEquals(await read(), secret);
  await sql`select vault.update_secret(${id}, 'another')`;
  assertEquals(await read(), "another");

  const asRole = (role: string) =>
    sql.begin(async (sql) => {
      await sql.unsafe(`set local role ${role}`);
      return await sql`select decrypted_secret from vault.decrypted_secrets`;
    });
  assertEquals((await asRole("service_role")).length, 1);
  for (const role of ["anon", "authenticated"]) {
    await assertRejects(() => asRole(role), Error, "permission denied");
  }
  await assertRejects(() => sql`select vault._root_key()`.execute(), Error, "permission denied");
  await assertRejects(() => sql`select pg_read_file('../vault.key')`.execute(), Error, "permission denied");

  // a ciphertext belongs to its row
  await sql`select vault.create_secret('b', 'other')`;
  await admin`
    update vault.secrets o set secret = t.secret, nonce = t.nonce
    from vault.secrets t where t.name = 'token' and o.name = 'other'`;
  await assertRejects(() => sql`select * from vault.decrypted_secrets`.execute(), Error, "does not belong");
});
