import { assert, assertEquals, assertExists, assertMatch } from "@std/assert";
import { startTestStack } from "../helpers/stack.ts";
import { harborLane, integration, kestrel, openSql, signedIn, untilDrained } from "./support.ts";

Deno.test("the main job: a write is blocked, corrected, or becomes an issue that people close and take back", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  const system = integration(stack);
  const rep = await signedIn(stack, "rep@harbor-lane.example.com");
  const steward = await signedIn(stack, "steward@harbor-lane.example.com");
  const stranger = await signedIn(stack, "admin@kestrel.example.com");
  const repId = stack.users.find(({ email }) => email.startsWith("rep@harbor"))!.id;
  await untilDrained(sql);
  let leadId = "";
  let issueId = "";

  await t.step(
    "a lead that says nothing is refused with 422, and the error names rule and fields",
    async () => {
      const { error, status } = await rep.from("leads").insert([
        { org_id: harborLane, first_name: "Ann" },
        { org_id: harborLane, title: "CEO" },
      ]);
      assertEquals(status, 422);
      assertMatch(error!.message, /^Not saved: A lead needs at least/);
      const detail = JSON.parse(error!.details);
      assertEquals(detail.code, "blocked");
      assertEquals(detail.rules, ["lead-identifies-someone"]);
      assertEquals(detail.records, 1);
      const { count } = await system.from("leads").select("*", { count: "exact", head: true });
      assertEquals(count, 0, "nothing of the statement was written");
    },
  );

  await t.step(
    "a messy lead comes out clean, and what only a person can decide becomes an issue",
    async () => {
      const { data, error } = await rep.from("leads").insert({
        org_id: harborLane,
        owner_user_id: repId,
        first_name: "  ann ",
        last_name: "o'neil",
        email: " ANN@Example.COM ",
        phone: "(202) 555-0123",
        country: "Philipines",
      }).select("id").single();
      assertEquals(error, null);
      leadId = data!.id;
      await untilDrained(sql);
      const lead = await rep.from("leads").select("first_name, last_name, email, phone, country").eq(
        "id",
        leadId,
      ).single();
      assertEquals(lead.data, {
        first_name: "Ann",
        last_name: "O'Neil",
        email: "ann@example.com",
        phone: "+12025550123",
        country: "Philipines",
      });
      const issues = await rep.schema("governance").from("data_quality_issues").select("*").eq(
        "record_key",
        leadId,
      );
      assertEquals(
        issues.data!.map(({ rule_key, status, owner_user_id, record_label }) => ({
          rule_key,
          status,
          owner_user_id,
          record_label,
        })),
        [
          {
            rule_key: "lead-country-known",
            status: "open",
            owner_user_id: repId,
            record_label: issues.data![0].record_label,
          },
        ],
      );
      assertExists(issues.data![0].due_date);
      issueId = issues.data![0].id;
    },
  );

  await t.step("audit says who wrote what, and that the correction was a fix", async () => {
    const { data } = await rep.schema("governance").from("audit_events").select("*").eq("record_key", leadId)
      .order("id");
    assertEquals(data!.map(({ operation, source, cause_kind }) => ({ operation, source, cause_kind })), [
      { operation: "insert", source: "person", cause_kind: null },
      { operation: "update", source: "sql", cause_kind: "fix" },
    ]);
    assertEquals(data![0].actor, repId);
    assertEquals(data![1].before.email, " ANN@Example.COM ");
    assertEquals(data![1].after.email, "ann@example.com");
  });

  await t.step("another organization's admin sees nothing of it and can do nothing to it", async () => {
    const governance = stranger.schema("governance");
    for (
      const table of [
        "data_quality_issues",
        "data_quality_issue_events",
        "fixes",
        "audit_events",
        "review_queue",
      ]
    ) {
      const { data, error } = await governance.from(table).select("*");
      assertEquals(error, null, table);
      assert(!JSON.stringify(data).includes(leadId), table);
    }
    const { status } = await governance.rpc("apply_suggested_fix", { p_issue_id: issueId });
    assertEquals(status, 404);
    const { data } = await stranger.from("leads").update({ country: "Peru" }).eq("id", leadId).select();
    assertEquals(data, []);
    assertEquals((await stranger.from("leads").insert({ org_id: harborLane, company: "X" })).status, 403);
    assertEquals((await stranger.from("leads").insert({ org_id: kestrel, company: "X" })).status, 201);
  });

  await t.step(
    "the rep accepts the suggestion on its own record; the issue closes as fixed by a person",
    async () => {
      const { error } = await rep.schema("governance").rpc("apply_suggested_fix", { p_issue_id: issueId });
      assertEquals(error, null);
      await untilDrained(sql);
      const lead = await rep.from("leads").select("country").eq("id", leadId).single();
      assertEquals(lead.data, { country: "Philippines" });
      const issue = await rep.schema("governance").from("data_quality_issues").select("status, resolution")
        .eq("id", issueId).single();
      assertEquals(issue.data, { status: "fixed", resolution: "fixed_by_person" });
    },
  );

  await t.step("a steward undoes the suggestion: the value comes back, and so does the issue", async () => {
    const fix = await steward.schema("governance").from("fixes").select("id").eq("issue_id", issueId)
      .single();
    const { error } = await steward.schema("governance").rpc("undo_fix", { p_fix_id: fix.data!.id });
    assertEquals(error, null);
    await untilDrained(sql);
    assertEquals((await rep.from("leads").select("country").eq("id", leadId).single()).data, {
      country: "Philipines",
    });
    const issue = await rep.schema("governance").from("data_quality_issues").select(
      "status, occurrence_count",
    ).eq("id", issueId).single();
    assertEquals(issue.data, { status: "open", occurrence_count: 2 });
  });

  await t.step("an undone auto-fix is not applied again to the same value, but to another one", async () => {
    const governance = steward.schema("governance");
    const { data: fix } = await governance.from("fixes").select("id").eq("record_key", leadId)
      .eq("rule_key", "lead-phone-is-e164").single();
    assertEquals((await governance.rpc("undo_fix", { p_fix_id: fix!.id })).error, null);
    await untilDrained(sql);
    const phone = async () => (await rep.from("leads").select("phone").eq("id", leadId).single()).data!.phone;
    assertEquals(await phone(), "(202) 555-0123");
    await rep.from("leads").update({ title: "CFO" }).eq("id", leadId);
    await untilDrained(sql);
    assertEquals(await phone(), "(202) 555-0123");
    await rep.from("leads").update({ phone: "202.555.0199" }).eq("id", leadId);
    await untilDrained(sql);
    assertEquals(await phone(), "+12025550199");
  });

  await t.step(
    "undoing a fix whose field changed since reports the conflict and touches nothing",
    async () => {
      const governance = steward.schema("governance");
      const { data: fix } = await governance.from("fixes").select("id").eq("record_key", leadId)
        .eq("rule_key", "lead-email-is-normalised").single();
      await rep.from("leads").update({ email: "new@example.com" }).eq("id", leadId);
      const { error, status } = await governance.rpc("undo_fix", { p_fix_id: fix!.id });
      assertEquals(status, 409);
      assertEquals(JSON.parse(error!.details).conflicts, [
        { field: "email", expected: "ann@example.com", actual: "new@example.com" },
      ]);
      assertEquals((await rep.from("leads").select("email").eq("id", leadId).single()).data, {
        email: "new@example.com",
      });
    },
  );

  await t.step("a deleted record closes its issues, and only stewards still see them", async () => {
    assertEquals((await steward.from("leads").delete().eq("id", leadId)).error, null);
    await untilDrained(sql);
    const query = { status: "fixed", resolution: "record_deleted" };
    const seen = await steward.schema("governance").from("data_quality_issues").select("status, resolution")
      .eq("id", issueId);
    assertEquals(seen.data, [query]);
    assertEquals(
      (await rep.schema("governance").from("data_quality_issues").select("id").eq("id", issueId)).data,
      [],
    );
  });
});
