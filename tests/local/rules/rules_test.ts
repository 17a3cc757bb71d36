import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { type Desk, openDesk } from "./support.ts";

const won = "deal/won-deal-has-amount.yaml";
const org = "00000000-0000-4000-8000-00000000a000";

/** A rule of one organization, as somebody writes it. */
const ownText = `# agreed in the sales meeting
rule_key: deal-has-name
org_id: ${org}
entity_type: deal
dimension: completeness
status: active
message: This deal has no name.
condition:
  combinator: and
  rules:
    - field: name # of the deal
      operator: isFilled
`;
const ownFile = `deal/deal-has-name@${org}.yaml`;
const last = (text: string) => text.split("\n").at(-1);

async function count(desk: Desk): Promise<number> {
  const { stdout } = await desk.rules(["diff", "--json"]);
  return JSON.parse(stdout).rules.length;
}

Deno.test("rules go from the database into files and back", async (t) => {
  await using desk = await openDesk();
  let total = 0;

  await t.step(
    "an export writes a file a rule; then nothing differs, and a second one writes nothing",
    async () => {
      const exported = await desk.rules(["export"]);
      assertEquals([exported.code, exported.stderr], [0, ""]);
      total = await count(desk);
      assertEquals((await desk.list()).length, total);
      assertEquals(last(exported.stdout), `${total} written, 0 unchanged.`);
      assertStringIncludes(await desk.read(won), "rule_key: won-deal-has-amount\nentity_type: deal\n");
      assertEquals(await desk.rules(["diff"]), {
        code: 0,
        stdout: `0 new, 0 changed, ${total} unchanged, 0 only in the database.`,
        stderr: "",
      });
      assertEquals((await desk.rules(["export"])).stdout, `0 written, ${total} unchanged.`);
      // Through the database itself it is the same.
      assertEquals(
        (await desk.rules(["export", "--database", desk.stack.dbUrl], {})).stdout,
        `0 written, ${total} unchanged.`,
      );
    },
  );

  await t.step("a diff says in words what would change, and fails for CI; it changes nothing", async () => {
    await desk.write(ownFile, ownText);
    await desk.edit(won, "severity: high", "severity: medium");
    const diff = await desk.rules(["diff"]);
    assertEquals([diff.code, diff.stderr], [1, ""]);
    assertEquals(diff.stdout.split("\n").filter((line) => !line.includes("warning")), [
      `${ownFile}: new`,
      "  An issue is opened for a deal unless the name is filled in.",
      `${won}: changed`,
      '  severity changed from "high" to "medium"',
      `1 new, 1 changed, ${total - 1} unchanged, 0 only in the database.`,
    ]);
    assertEquals((await desk.rules(["diff"])).stdout, diff.stdout);
  });

  await t.step("an import without a terminal asks for --yes, and with it writes all", async () => {
    const asked = await desk.rules(["import"]);
    assertEquals([asked.code, asked.stderr], [1, "Nothing was imported: --yes imports without asking."]);
    assertEquals((await desk.rules(["diff"])).code, 1);
    const imported = await desk.rules(["import", "--yes"]);
    assertEquals([imported.code, last(imported.stdout)], [0, "Imported."]);
    assertEquals((await desk.rules(["diff"])).code, 0);
    // The version line in git is behind by now; the file is still what the database knows.
    await desk.edit(won, "severity: medium", "severity: low");
    assertEquals((await desk.rules(["import", "--yes"])).code, 0);
  });

  await t.step("an export brings versions up to date and keeps what people wrote beside", async () => {
    assertEquals((await desk.rules(["export"])).code, 0);
    assertStringIncludes(await desk.read(won), "version: 3");
    const text = await desk.read(ownFile);
    assertStringIncludes(text, "# agreed in the sales meeting\n");
    assertStringIncludes(text, "- field: name # of the deal\n");
  });

  await t.step(
    "a rule that was changed in the database meanwhile is refused with its place, and forced",
    async () => {
      const sql = (await import("postgres")).default(desk.stack.dbUrl, { max: 1 });
      await sql`update governance.data_quality_rules set message = 'Changed.' where rule_key = 'won-deal-has-amount'`;
      await sql.end();
      await desk.edit(won, "severity: low", "severity: high");
      const stale = await desk.rules(["import", "--yes"]);
      const line = (await desk.read(won)).split("\n").findIndex((text) => text.startsWith("version")) + 1;
      assertEquals(stale, {
        code: 2,
        stdout: "",
        stderr:
          `${desk.dir}/${won}:${line}:10: version: the rule was changed in the database meanwhile and is at version 4: ` +
          "export it again, or insist\n1 fault; nothing was written.",
      });
      assertEquals((await desk.rules(["import", "--yes", "--force"])).code, 0);
    },
  );

  await t.step(
    "rules without a file stay, until that is said otherwise; their files go with --prune",
    async () => {
      await Deno.remove(join(desk.dir, ownFile));
      const diff = await desk.rules(["diff"]);
      assertEquals(diff.code, 0);
      assertStringIncludes(
        diff.stdout,
        `which stay as they are; --retire-missing deprecates them: deal-has-name of ${org}`,
      );
      assertEquals((await desk.rules(["diff", "--retire-missing"])).code, 1);
      // Of one organization's rules alone: what else the files say is left out.
      await desk.edit(won, "severity: high", "severity: medium");
      const own = await desk.rules(["import", "--retire-missing", "--yes", "--org", org]);
      assertEquals([own.code, own.stdout.split("\n").slice(-2)], [0, [
        "0 new, 0 changed, 0 unchanged, 1 only in the database.",
        "Imported.",
      ]]);
      await desk.edit(won, "severity: medium", "severity: high");
      const stray = `deal/deal-has-nothing@${org}.yaml`;
      await desk.write(stray, ownText.replace("deal-has-name", "deal-has-nothing"));
      assertStringIncludes(
        (await desk.rules(["export"])).stdout,
        `${stray}: there is no such rule; --prune removes it`,
      );
      assertStringIncludes((await desk.rules(["export", "--prune", "--shared"])).stdout, "0 removed.");
      assert((await desk.list()).includes(stray));
      assertStringIncludes((await desk.rules(["export", "--prune"])).stdout, "1 removed.");
      assert(!(await desk.list()).includes(stray));
      assertStringIncludes(await desk.read(ownFile), "status: deprecated");
    },
  );
});

Deno.test("a bad file: every fault of every file with its place, exit code 2, and nothing is written", async () => {
  await using desk = await openDesk();
  await desk.rules(["export"]);
  const before = await desk.list();
  await desk.edit(won, "operator: notNull", "operator: isNothing");
  await desk.edit(won, "severity: high", "severity: low");
  await desk.edit(won, /message: >-\n.*\n|message: .*\n/, "message: The {colour} is missing.\n");
  await desk.write("deal/broken.yaml", "rule_key: [\n");
  await desk.write(
    "deal/unknown.yaml",
    ownText.replace("deal-has-name", "unknown").replace(/org_id.*\n/, "") + "owner: me\nstatus: draft\n",
  );
  await desk.write(ownFile, ownText.replace("field: name", "field: nickname"));
  await Deno.symlink("/etc/passwd", join(desk.dir, "deal/link.yaml"));
  await Deno.writeFile(join(desk.dir, "deal/latin.yaml"), new Uint8Array([0xe9]));
  for (const args of [["diff"], ["import", "--yes"]]) {
    const { code, stdout, stderr } = await desk.rules(args);
    assertEquals([code, stdout], [2, ""]);
    const places = stderr.replaceAll(`${desk.dir}/`, "").split("\n").map((line) =>
      line.replace(/(:\d+:\d+).*/, "$1")
    );
    const lines = (await desk.read(won)).split("\n");
    const lineOf = (text: string) => lines.findIndex((line) => line.includes(text)) + 1;
    assertEquals(places, [
      "deal/broken.yaml:2:1",
      `${ownFile}:11:14`,
      "deal/latin.yaml:1:1",
      "deal/link.yaml:1:1",
      "deal/unknown.yaml:12:1",
      "deal/unknown.yaml:13:1",
      `${won}:${lineOf("message")}:10`,
      `${won}:${lineOf("isNothing")}:${lines[lineOf("isNothing") - 1]!.indexOf("isNothing") + 1}`,
      "8 faults; nothing was written.",
    ]);
  }
  for (
    const file of ["deal/broken.yaml", "deal/unknown.yaml", "deal/link.yaml", "deal/latin.yaml", ownFile, won]
  ) {
    await Deno.remove(join(desk.dir, file));
  }
  assertEquals((await desk.rules(["export"])).stdout.split("\n").length, 2);
  assertEquals(await desk.list(), before);
});

Deno.test("an export leaves no half file, writes through no link, and over no unreadable file", async () => {
  await using desk = await openDesk();
  const half = `deal/.rule-${crypto.randomUUID()}.tmp`;
  await desk.write(half, "rule_k");
  await desk.write(won, "rule_key: [");
  assertEquals((await desk.rules(["export"])).code, 2);
  assertEquals(await desk.list(), [half, won].sort());
  assertEquals((await desk.rules(["export", "--force"])).code, 0);
  assert(!(await desk.list()).includes(half));

  const elsewhere = await Deno.makeTempDir();
  await Deno.rename(join(desk.dir, "deal"), join(elsewhere, "deal"));
  await Deno.remove(join(elsewhere, won));
  await Deno.symlink(join(elsewhere, "deal"), join(desk.dir, "deal"));
  const refused = await desk.rules(["export", "--force"]);
  assertEquals(refused.code, 2);
  assertStringIncludes(refused.stderr, "deal:1:1: this is a link");
  await Deno.remove(elsewhere, { recursive: true });
});

Deno.test("a person imports with their own rights; who may not, and what does not answer, is told", async () => {
  await using desk = await openDesk();
  const { stack } = desk;
  const person = (role: string, orgId: string) => {
    const { email, password } = stack.users.find((user) => user.role === role && user.orgId === orgId)!;
    return {
      SUPABASE_URL: stack.apiUrl,
      SUPABASE_PUBLISHABLE_KEY: stack.publishableKey,
      SUPABASE_EMAIL: email,
      SUPABASE_PASSWORD: password,
    };
  };
  const admin = person("admin", org);
  assertEquals((await desk.rules(["export"], admin)).code, 0);
  await desk.write(ownFile, ownText);
  assertEquals((await desk.rules(["import", "--yes"], admin)).code, 0);
  const member = await desk.rules(["diff"], person("member", org));
  assertEquals([member.code, member.stderr], [
    3,
    "You cannot import rules: that takes the role admin in an organization.",
  ]);
  await desk.edit(ownFile, "no name", "no name at all");
  const other = await desk.rules(["diff"], person("admin", "00000000-0000-4000-8000-00000000b000"));
  assertEquals(other.code, 2);
  assertStringIncludes(other.stderr, `${ownFile}:3:9: org_id: you are no admin of the organization "${org}"`);
  const anonymous = await desk.rules(["diff"], {
    SUPABASE_URL: stack.apiUrl,
    SUPABASE_PUBLISHABLE_KEY: stack.publishableKey,
  });
  assertEquals(anonymous.code, 3);
  assertEquals((await desk.rules(["diff"], { ...admin, SUPABASE_PASSWORD: "wrong" })).code, 3);
  const nobody = await desk.rules(["diff", "--url", "http://127.0.0.1:1", "--key", "x"], {});
  assertEquals(nobody.code, 3);
  assertStringIncludes(nobody.stderr, "http://127.0.0.1:1 does not answer");
});
