import type { Sql } from "postgres";
import { PREDICATES } from "../rules/predicates.ts";

/**
 * What a Supabase project usually puts on such a table, row by row: a database webhook as the dashboard makes it, an
 * audit of whole images as the guides show it, and rules as text in a table, executed one by one.
 */
export async function makeUsual(sql: Sql): Promise<void> {
  await sql.unsafe(`
    ${checks()}
    create table bench.audit (id bigint generated always as identity primary key, at timestamptz not null default now(),
      table_name text not null, record_id text, operation text not null, actor uuid, old_record jsonb, record jsonb);
    create index on bench.audit (table_name, record_id);
    create index on bench.audit (at);
    create function bench.keep_images() returns trigger language plpgsql security definer set search_path = '' as $$
    begin
      insert into bench.audit (table_name, record_id, operation, actor, old_record, record)
      values (tg_table_name, new.id::text, tg_op, auth.uid(), case when tg_op = 'UPDATE' then to_jsonb(old) end, to_jsonb(new));
      return null;
    end $$;
    create trigger keep_images after insert or update on bench.usual for each row execute function bench.keep_images();
    create function bench.call_webhook() returns trigger language plpgsql security definer set search_path = '' as $$
    begin
      -- As supabase_functions.http_request does.
      perform net.http_post(
        url := tg_argv[0],
        body := jsonb_build_object('old_record', case when tg_op = 'UPDATE' then to_jsonb(old) end, 'record', to_jsonb(new),
          'type', tg_op, 'table', tg_table_name, 'schema', tg_table_schema),
        headers := tg_argv[1]::jsonb, timeout_milliseconds := 5000);
      return null;
    end $$;
    create trigger call_webhook after insert or update on bench.usual for each row
      execute function bench.call_webhook('http://127.0.0.1:9/functions/v1/on-change', '{"Content-Type": "application/json"}');
  `).simple();
}

function checks(): string {
  const rows = PREDICATES.map(({ violates }) => {
    const text =
      `select (${violates}) from (select ($1).*) r left join bench.accounts a on a.id = r.account_id and a.org_id = r.org_id`;
    return `('${text.replaceAll("'", "''")}')`;
  });
  return `
    create table bench.rules (violates text);
    insert into bench.rules values ${rows.join(", ")};
    create function bench.check_rules() returns trigger language plpgsql as $$
    declare
      v_rule record;
      v_violates boolean;
    begin
      for v_rule in select violates from bench.rules loop
        execute v_rule.violates into v_violates using new;
        if v_violates then raise exception 'Not saved: a rule is violated.'; end if;
      end loop;
      return new;
    end $$;
    create trigger check_rules before insert or update on bench.usual for each row execute function bench.check_rules();`;
}
