import { ORGS } from "../scene/people.ts";
import type { Writer } from "./writer.ts";

/** What stewards do with issues and fixes, by name. */
export const DECISIONS = {
  "accept a suggestion": async (writer) => {
    const org = writer.random.pick(ORGS);
    const [issue] = await writer.sql`select id from governance.data_quality_issues
      where org_id = ${org} and status = 'open' and suggested_fix is not null order by random() limit 1`;
    if (issue) await writer.asSteward(org, (own) => own`select governance.apply_suggested_fix(${issue.id})`);
  },
  "accept suggestions": async (writer) => {
    const org = writer.random.pick(ORGS);
    const rows = await writer.sql`select id from governance.data_quality_issues
      where org_id = ${org} and status = 'open' and suggested_fix is not null order by random() limit 10`;
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) {
      await writer.asSteward(org, (own) => own`select governance.apply_suggested_fixes(${ids})`);
    }
  },
  "undo a fix": async (writer) => {
    const [fix] = await writer
      .sql`select id, org_id from governance.fixes where reverted_at is null order by random() limit 1`;
    if (fix) await writer.asSteward(fix.org_id, (own) => own`select governance.undo_fix(${fix.id})`);
  },
  "undo a batch": async (writer) => {
    const [fix] = await writer
      .sql`select batch_id, min(org_id) as org_id from governance.fixes where reverted_at is null
      group by batch_id having count(distinct org_id) = 1 order by random() limit 1`;
    if (fix) {
      await writer.asSteward(fix.org_id, (own) => own`select governance.undo_fix_batch(${fix.batch_id})`);
    }
  },
  "ignore an issue": async (writer) => {
    const org = writer.random.pick(ORGS);
    const [issue] = await writer.sql`select id from governance.data_quality_issues
      where org_id = ${org} and status = 'open' and record_key <> '' order by random() limit 1`;
    const resolution = writer.random.pick([null, "wont_fix", "false_alarm"]);
    if (issue) {
      await writer.asSteward(
        org,
        (own) => own`select governance.ignore_issue(${issue.id}, 'It may stay.', null, ${resolution})`,
      );
    }
  },
  "reopen an issue": async (writer) => {
    const [issue] = await writer.sql`select id, org_id from governance.data_quality_issues
      where status = 'ignored' order by random() limit 1`;
    if (issue) {
      await writer.asSteward(issue.org_id, (own) => own`select governance.reopen_issue(${issue.id})`);
    }
  },
} satisfies Record<string, (writer: Writer) => PromiseLike<unknown>>;
