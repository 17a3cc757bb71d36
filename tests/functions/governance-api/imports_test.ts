import { assert, assertEquals } from "@std/assert";
import { harborLane, openSql, untilDrained } from "../../flow/support.ts";
import { startTestStack } from "../../helpers/stack.ts";
import { commit, judge, rowsOf, sendFile, stage } from "./import_support.ts";
import { apiAs, apiClient } from "./support.ts";

const file = `Surname;First Name;Company;E-Mail;Id;Lead Score;Shoe Size
Lee;Ann;Acme;ANN@EXAMPLE.COM ;1;3,5;38
Ray;Bob;Acme;no address;2;4;39
Lee;Ann;Acme;ann@example.com;1;5;38
;;;;4;;40
"Broken"quote;x;y;z;5;6;41
Orr;Eve;Acme;eve@example.com;6;many;42
Poe;Dan;Acme;dan@example.com;7;1.234;43
`;
const mapping = {
  columns: [
    { column: "Surname", field: "last_name" },
    { column: "First Name", field: "first_name" },
    { column: "Company", field: "company" },
    { column: "E-Mail", field: "email" },
    { column: "Id", field: "external_id" },
  ],
  constants: { source: "fair" },
};

Deno.test("a file becomes verdicts first and records later, and what cannot be written waits", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const steward = await apiAs(stack, "steward@harbor-lane.example.com");
  const leads = async () =>
    Number((await sql`select count(*) from public.leads where source = 'fair'`)[0]!["count"]);
  const staged = await stage(steward, harborLane, file, { match_on: ["external_id"], mapping });
  const id: string = staged.import_id;

  await t.step("how the file is read is told, and what nothing is mapped to", () => {
    assertEquals([staged.format, staged.encoding, staged.delimiter, staged.has_header], [
      "csv",
      "utf-8",
      ";",
      true,
    ]);
    assertEquals([staged.row_count, staged.unknown_columns], [7, ["Lead Score", "Shoe Size"]]);
  });
  await t.step("nothing is written before somebody has seen the verdicts", async () => {
    assertEquals((await steward.post(`/imports/${id}/commit`, {})).body.code, "stale");
  });
  const judged = await judge(steward, id);
  await t.step("the dry run gives each row its verdict with all reasons, and writes nothing", async () => {
    assertEquals(judged.status, "judged");
    const rows = await rowsOf(steward, id);
    assertEquals(rows.map(({ verdict }) => verdict), [
      "fixed",
      "issues",
      "same_key",
      "blocked",
      "unreadable",
      "written",
      "written",
    ]);
    assertEquals([rows[2].same_as, rows[4].line, rows[4].raw.slice(0, 8)], [1, 6, '"Broken"']);
    assert(
      rows[3].reasons.length >= 1 &&
        rows[3].reasons.every(({ message }: { message: string }) => message !== ""),
    );
    assert(rows[1].issues.length >= 1 && rows[0].fixes.length >= 1);
    assertEquals(judged.counts.verdicts, {
      fixed: 1,
      issues: 1,
      same_key: 1,
      blocked: 1,
      unreadable: 1,
      written: 2,
    });
    assertEquals(await leads(), 0);
  });
  await t.step("the commit writes the good rows once, and quarantines the others", async () => {
    const committed = await commit(steward, id);
    assertEquals([committed.status, committed.counts.states], ["committed", { written: 4, quarantined: 3 }]);
    assertEquals(await leads(), 4);
    assertEquals((await steward.post(`/imports/${id}/commit`, {})).body.code, "stale");
    assertEquals(await leads(), 4);
    const [event] =
      await sql`select cause_kind, cause_id, actor from governance.audit_events where entity_type = 'lead' and operation = 'insert' limit 1`;
    assertEquals([event!["cause_kind"], event!["cause_id"]], ["import", id]);
    assert(event!["actor"] !== null);
  });
  const issueOf = async () =>
    (await sql`select status, message, observed from governance.data_quality_issues where rule_key = 'system-import-quarantine'`)[
      0
    ]!;
  await t.step("one bad import is one issue that counts its rows by reason", async () => {
    const issue = await issueOf();
    assertEquals([issue["status"], issue["observed"]["quarantined"], issue["observed"]["import_id"]], [
      "open",
      3,
      id,
    ]);
    assert(
      /3 of 7 rows of "leads.csv" wait in quarantine: .*1 × same-record.*1 × unreadable/.test(
        issue["message"],
      ),
      issue["message"],
    );
  });
  await t.step(
    "a row is corrected and tried again without the file; when none waits the issue closes",
    async () => {
      const row = (n: number) => `/imports/${id}/rows/${n}`;
      const patch = (n: number, record: unknown) =>
        steward.send(row(n), {
          method: "PATCH",
          body: JSON.stringify({ record }),
          headers: { "content-type": "application/json" },
        });
      assertEquals((await patch(1, { last_name: "x" })).body.code, "stale");
      assertEquals((await patch(99, { last_name: "x" })).status, 404);
      assertEquals((await patch(4, { last_name: "Kim", company: "Acme" })).status, 200);
      assertEquals(
        (await patch(5, { last_name: "Broken", company: "Acme", external_id: "5", source: "fair" })).status,
        200,
      );
      const retried = await steward.post(`/imports/${id}/retry`, {});
      assertEquals(
        [retried.status, retried.body.counts.states],
        [200, { written: 6, quarantined: 1 }],
        JSON.stringify(retried.body),
      );
      assertEquals((await issueOf())["observed"]["reasons"], { "same-record": 1 });
      const discarded = await steward.send(row(3), { method: "DELETE" });
      assertEquals([discarded.body.state, discarded.body.raw], ["discarded", null]);
      assertEquals((await issueOf())["status"], "fixed");
      assertEquals(await leads(), 6);
    },
  );
  await t.step("the same file again is recognised, in other chunks and another encoding too", async () => {
    const again = await steward.post("/imports", {
      org_id: harborLane,
      entity_type: "lead",
      file_name: "copy.csv",
    });
    const bytes = new Uint8Array(file.length * 2 + 2);
    const view = new DataView(bytes.buffer);
    [..."\ufeff" + file].forEach((char, at) => view.setUint16(at * 2, char.charCodeAt(0), true));
    const refused = await sendFile(steward, again.body.import_id, bytes, 150);
    assertEquals([refused.status, refused.body.code, refused.body.context], [409, "already-imported", {
      import_id: id,
    }]);
    const meant = await steward.post("/imports", {
      org_id: harborLane,
      entity_type: "lead",
      file_name: "copy.csv",
      again: true,
    });
    assertEquals((await sendFile(steward, meant.body.import_id, file)).body.status, "staged");
  });
  await t.step("undo takes the whole import back, the rules' corrections included", async () => {
    await untilDrained(sql);
    const undone = await steward.post(`/imports/${id}/undo`, {});
    assertEquals(
      [undone.status, undone.body.undone, undone.body.import.status],
      [200, 6, "undone"],
      JSON.stringify(undone.body),
    );
    assertEquals(await leads(), 0);
  });
});

Deno.test("chunks arrive once each, in order; a mapping is suggested, saved and used again", async (t) => {
  await using stack = await startTestStack();
  const steward = await apiAs(stack, "steward@harbor-lane.example.com");
  const start = async () =>
    (await steward.post("/imports", { org_id: harborLane, entity_type: "lead", file_name: "x.csv" })).body
      .import_id as string;
  const put = (id: string, chunk: number, body: string, last = false) =>
    steward.send(`/imports/${id}/chunks/${chunk}?last=${last}`, { method: "PUT", body });
  const id = await start();
  const first = "Last Name,Firm,E-mail\nLee,Acme,a@exam";
  await t.step(
    "a chunk that comes twice is one; another under its number, or one too early, is refused",
    async () => {
      assertEquals((await put(id, 1, "x")).body.context.next_chunk, 0);
      assertEquals((await put(id, 0, first)).body.row_count, 0);
      assertEquals((await put(id, 0, first)).body.chunks, 1);
      assertEquals((await put(id, 0, "y")).body.code, "stale");
      const last = await put(id, 1, "ple.com\nRay,Acme,b@example.com", true);
      assertEquals([last.body.row_count, last.body.status], [2, "staged"]);
      assertEquals((await put(id, 1, "ple.com\nRay,Acme,b@example.com", true)).body.row_count, 2);
      assertEquals((await put(id, 2, "more")).body.code, "stale");
      const rows = await rowsOf(steward, id);
      assertEquals(rows.map(({ raw }) => raw), [["Lee", "Acme", "a@example.com"], [
        "Ray",
        "Acme",
        "b@example.com",
      ]]);
    },
  );
  await t.step(
    "names that are alike are mapped; what is corrected and saved serves the next file with this header",
    async () => {
      const staged = (await steward.get(`/imports/${id}`)).body;
      assertEquals([staged.mapping_origin, staged.unknown_columns], ["suggested", ["Firm"]]);
      assertEquals(staged.mapping.columns.map(({ field }: { field: string }) => field), [
        "last_name",
        "email",
      ]);
      const columns = [...staged.mapping.columns, { column: "Firm", field: "company" }];
      const send = (body: unknown) =>
        steward.send(`/imports/${id}`, {
          method: "PATCH",
          body: JSON.stringify(body),
          headers: { "content-type": "application/json" },
        });
      const wrong = await send({
        mapping: {
          columns: [{ column: "Nowhere", field: "email" }, { column: "Firm", field: "colour", decimal: "," }],
        },
      });
      assertEquals([wrong.status, wrong.body.context.faults.length], [422, 2], JSON.stringify(wrong.body));
      assertEquals((await send({ mapping: { columns }, save_mapping: true })).body.mapping_origin, "given");
      const next = await start();
      const again = await put(next, 0, "Last Name,Firm,E-mail\nOrr,Acme,c@example.com\n", true);
      assertEquals([again.body.mapping_origin, again.body.unknown_columns], ["saved", []]);
    },
  );
  await t.step("a file without rows, and one without anything to map, say so", async () => {
    assertEquals((await put(await start(), 0, "a,b\n", true)).body.code, "invalid-value");
    const odd = await put(await start(), 0, "foo,bar\n1,2\n", true);
    assertEquals(odd.body.mapping.columns, []);
    assertEquals((await steward.post(`/imports/${odd.body.import_id}/judge`)).body.code, "invalid-value");
  });
});

Deno.test("who may not, may not: at the start, at a look, and again at the commit", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const rep = await apiAs(stack, "rep@harbor-lane.example.com");
  const steward = await apiAs(stack, "steward@harbor-lane.example.com");
  const foreign = await apiAs(stack, "admin@kestrel.example.com");
  const mine = await stage(rep, harborLane, "Last Name,Company\nLee,Acme\n");
  const id: string = mine.import_id;

  await t.step("strangers neither start, see, feed, judge, commit, correct nor undo", async () => {
    const body = { org_id: harborLane, entity_type: "lead", file_name: "x" };
    assertEquals((await foreign.post("/imports", body)).status, 404);
    assertEquals((await apiClient(stack).post("/imports", body)).status, 401);
    for (const [path, sent] of [["judge", undefined], ["commit", {}], ["retry", {}], ["undo", {}]] as const) {
      assertEquals((await foreign.post(`/imports/${id}/${path}`, sent)).status, 404, path);
    }
    assertEquals((await foreign.get(`/imports/${id}`)).status, 404);
    assertEquals((await foreign.get(`/imports/${id}/rows`)).status, 404);
    assertEquals((await foreign.get(`/imports?org_id=${harborLane}`)).body.imports, []);
    assertEquals(
      (await foreign.send(`/imports/${id}/chunks/1?last=true`, { method: "PUT", body: "x" })).status,
      404,
    );
    assertEquals((await foreign.send(`/imports/${id}/rows/1`, { method: "DELETE" })).status, 404);
  });
  await t.step("stewards see what members bring", async () => {
    assertEquals((await steward.get(`/imports?org_id=${harborLane}`)).body.imports.length, 1);
    assertEquals((await steward.get(`/imports/${id}`)).body.created_by, mine.created_by);
  });
  await t.step("whoever has lost the role since the dry run writes nothing", async () => {
    await judge(rep, id);
    await sql`update governance.memberships set role = 'viewer' where user_id = ${mine.created_by} and org_id = ${harborLane}`;
    const refused = await rep.post(`/imports/${id}/commit`, {});
    assertEquals([refused.status, refused.body.code], [403, "not-allowed"]);
    await sql`delete from governance.memberships where user_id = ${mine.created_by} and org_id = ${harborLane}`;
    assertEquals((await rep.post(`/imports/${id}/commit`, {})).status, 403);
    assertEquals((await rep.get(`/imports/${id}`)).status, 404);
    assertEquals(
      Number((await sql`select count(*) from public.leads where last_name = 'Lee'`)[0]!["count"]),
      0,
    );
  });
  await t.step("a key with the scope imports for its own source, and audit says so", async () => {
    const admin = await apiAs(stack, "admin@harbor-lane.example.com");
    const issue = async (source_key: string, scopes: string[]) => {
      const { body } = await admin.post("/keys", {
        org_id: harborLane,
        source_key,
        label: source_key,
        scopes,
      });
      return apiClient(stack, { "x-integration-key": body.key });
    };
    const key = await issue("sync:erp", ["import"]);
    const other = await issue("sync:fair", ["import"]);
    assertEquals(
      (await (await issue("sync:none", ["ingest"])).get(`/imports?org_id=${harborLane}`)).status,
      403,
    );
    const staged = await stage(key, harborLane, "Last Name,Company\nKeys,Acme\n");
    assertEquals([staged.source_key, staged.created_by], ["sync:erp", null]);
    for (
      const answer of [
        await other.get(`/imports/${staged.import_id}`),
        await other.post(`/imports/${staged.import_id}/judge`),
        await key.post(`/imports/${id}/commit`, {}),
      ]
    ) {
      assertEquals(answer.status, 404);
    }
    await judge(key, staged.import_id);
    assertEquals((await commit(key, staged.import_id)).counts.states, { written: 1 });
    const [event] =
      await sql`select source, cause_kind from governance.audit_events where entity_type = 'lead' and after ->> 'last_name' = 'Keys' and operation = 'insert'`;
    assertEquals([event!["source"], event!["cause_kind"]], ["sync:erp", "import"]);
  });
});

Deno.test("hostile files: every row gets a verdict, nothing breaks, and what is written is what is said", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const steward = await apiAs(stack, "steward@harbor-lane.example.com");
  const text = (content: string) => new TextEncoder().encode(content);
  const files: [string, Uint8Array][] = [
    ["binary", crypto.getRandomValues(new Uint8Array(50_000))],
    ["zeros", new Uint8Array(5_000)],
    ["a NUL in a cell", text("last_name,company\nL\0ee,Acme\nRay,Acme\n")],
    ["quotes that never end", text('last_name,company\n"Lee,Acme\n' + "x,y\n".repeat(5_000))],
    ["one endless line", text("last_name," + "x".repeat(900_000))],
    [
      "thousands of columns",
      text(Array.from({ length: 5_000 }, (_, n) => `c${n}`).join() + "\n" + ",".repeat(4_999) + "\n"),
    ],
    [
      "a header of hostile names",
      text('"last_name","\'; drop table leads; --","a\nb","%s","$1"\nLee,1,2,3,4\n'),
    ],
    ["the same name again and again", text("last_name,last_name,last_name\nLee,Ray,Orr\n")],
    [
      "hostile cells",
      text(
        "last_name,email,status,postal_code\n" +
          ["=cmd|' /C calc'!A0", "${jndi:ldap://x}", "\u202e", "x".repeat(50_000), "'; --"].map((cell) =>
            `"${cell}","${cell}","${cell}","${cell}"`
          ).join("\n"),
      ),
    ],
    [
      "deep NDJSON",
      text(
        '{"last_name":"Lee","company":' + "[".repeat(5_000) + "]".repeat(5_000) +
          '}\n{"last_name":{"a":1},"company":[1]}\n',
      ),
    ],
    [
      "keys of the prototype",
      text('{"__proto__":{"x":1},"constructor":1,"last_name":"Lee"}\n{"last_name":1e400}\n'),
    ],
    [
      "UTF-16 cut in half",
      new Uint8Array([0xff, 0xfe, ...[...text("l,c\n")].flatMap((byte) => [byte, 0]), 0x3d, 0xd8, 0x41]),
    ],
    ["commas only", text(",,,,\n,,,,\n")],
  ];
  const mapping = {
    columns: [{ column: "last_name", field: "last_name" }, { column: "company", field: "company" }],
  };
  for (const [name, bytes] of files) {
    await t.step(name, async () => {
      const count = async () => Number((await sql`select count(*) from public.leads`)[0]!["count"]);
      const before = await count();
      const started = await steward.post("/imports", {
        org_id: harborLane,
        entity_type: "lead",
        file_name: name,
      });
      const id: string = started.body.import_id;
      const staged = await sendFile(steward, id, bytes, 200_000);
      assert(staged.status < 500, JSON.stringify(staged.body));
      const [whole] =
        await sql`select i.row_count, i.status, (select count(*) from governance.import_rows w where w.import_id = i.import_id) as rows from governance.imports i where import_id = ${id}`;
      assertEquals(whole!["row_count"], whole!["rows"]);
      if (staged.status !== 200) return assertEquals(await count(), before);
      if (staged.body.mapping.columns.length === 0) {
        const columns = [{ column: staged.body.columns.at(-1), field: "last_name" }];
        const init = {
          method: "PATCH",
          body: JSON.stringify({ mapping: { ...mapping, columns } }),
          headers: { "content-type": "application/json" },
        };
        assertEquals((await steward.send(`/imports/${id}`, init)).status, 200);
      }
      await judge(steward, id);
      assertEquals(await count(), before, "a dry run writes nothing");
      const { counts, row_count } = await commit(steward, id);
      assertEquals(
        Object.values(counts.states as Record<string, number>).reduce((sum, n) => sum + n, 0),
        row_count,
      );
      assertEquals(await count(), before + (counts.states.written ?? 0));
    });
  }
  await t.step("a chunk that is too large is refused as such, and nothing of it stays", async () => {
    const started = await steward.post("/imports", {
      org_id: harborLane,
      entity_type: "lead",
      file_name: "huge.csv",
    });
    const huge = await steward.send(`/imports/${started.body.import_id}/chunks/0`, {
      method: "PUT",
      body: "a,b\n".repeat(300_000),
    });
    assertEquals([huge.status, huge.body.context.limit_bytes], [413, 1_000_000]);
    assertEquals((await steward.get(`/imports/${started.body.import_id}`)).body.row_count, 0);
    const json = await steward.send(`/imports/${started.body.import_id}/chunks/0`, {
      method: "PUT",
      body: "{}",
      headers: { "content-type": "application/json" },
    });
    assertEquals(json.status, 415);
  });
});
