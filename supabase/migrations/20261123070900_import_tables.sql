-- What: imports, their rows in staging, and the mappings that people save.
-- Why: a file waits here until somebody has seen what would become of each of its rows; what cannot be written stays, with its reasons.
-- Breaks a running client: no.

create table governance.imports (
  import_id uuid primary key default gen_random_uuid(),
  org_id text not null references governance.organizations on delete cascade,
  entity_type text not null references governance.entities on delete cascade,
  file_name text not null check (btrim(file_name) <> '' and length(file_name) <= 500),
  created_by uuid,
  source_key text references governance.source_systems on delete set null,
  mode text not null default 'insert' check (mode in ('insert', 'insert_missing', 'upsert')),
  match_on text[] not null default '{}',
  format text check (format in ('csv', 'ndjson')),
  encoding text check (encoding in ('utf-8', 'utf-16le', 'utf-16be', 'windows-1252')),
  delimiter text check (delimiter in (',', ';', E'\t', '|')),
  has_header boolean,
  columns text[],
  mapping jsonb,
  mapping_origin text check (mapping_origin in ('given', 'saved', 'suggested')),
  unknown_columns text[] not null default '{}',
  is_again boolean not null default false,
  status text not null default 'uploading' check (status in ('uploading', 'staged', 'judging', 'judged', 'committing', 'committed', 'undone')),
  row_count bigint not null default 0,
  counts jsonb not null default '{}',
  chunk_hashes text[] not null default '{}',
  content_hash text,
  revision integer not null default 0,
  judged_to bigint not null default 0,
  committed_to bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz,
  purged_at timestamptz
);
create index imports_org_idx on governance.imports (org_id, created_at desc, import_id);
create index imports_content_idx on governance.imports (content_hash) where content_hash is not null;
create index imports_entity_idx on governance.imports (entity_type);
create index imports_source_idx on governance.imports (source_key);
comment on table governance.imports is 'Files that people and integrations bring: what they are read as, how far they are, and how many rows came to what.';
comment on column governance.imports.source_key is 'The source system whose key brought the file; empty where a person did.';
comment on column governance.imports.mode is 'insert: a record that is there already is not touched, its row waits in quarantine; insert_missing: such a row is passed over; upsert: it changes the record.';
comment on column governance.imports.match_on is 'The columns by which a row is a record that is there already; empty: the key of the entity. external_id counts together with source.';
comment on column governance.imports.columns is 'The columns of the file, as its header names them.';
comment on column governance.imports.mapping is '{"columns": [{"column": of the file, "field": of the record, "decimal": ",", "date": "dmy"}], "constants": {field: value}}.';
comment on column governance.imports.mapping_origin is 'given by whoever imports, saved from an earlier import with the same header, or suggested by the names.';
comment on column governance.imports.unknown_columns is 'Columns of the file that nothing is mapped to: they are kept in the rows and not written.';
comment on column governance.imports.is_again is 'True: the same file was imported before, and that is meant.';
comment on column governance.imports.counts is 'Rows by verdict and by state, and of how many a part waits in change requests: {"verdicts": {…}, "states": {…}, "diverted": n}. Kept while the import runs.';
comment on column governance.imports.chunk_hashes is 'SHA-256 of each chunk that has arrived, in order: one that comes again is recognised.';
comment on column governance.imports.content_hash is 'SHA-256 over the rows: the same file in other chunks, or in another encoding, is the same.';
comment on column governance.imports.revision is 'Rises whenever the way in which the file is read changes: verdicts of the way before do not count.';
comment on column governance.imports.judged_to is 'The last row that has its verdict.';
comment on column governance.imports.committed_to is 'The last row that was written or quarantined.';

create table governance.import_rows (
  import_id uuid not null references governance.imports on delete cascade,
  row_number bigint not null,
  line bigint not null,
  raw jsonb,
  record jsonb,
  match_key text,
  verdict text check (verdict in ('written', 'fixed', 'issues', 'blocked', 'same_key', 'unreadable')),
  operation text check (operation in ('insert', 'update', 'none')),
  reasons jsonb not null default '[]',
  fixes jsonb,
  issues jsonb,
  same_as bigint,
  record_key text,
  state text not null default 'staged' check (state in ('staged', 'written', 'skipped', 'quarantined', 'discarded', 'undone')),
  is_corrected boolean not null default false,
  diverted jsonb,
  primary key (import_id, row_number)
);
create index import_rows_match_idx on governance.import_rows (import_id, match_key, row_number) where match_key is not null;
create index import_rows_quarantine_idx on governance.import_rows (import_id, row_number) where state = 'quarantined';
create index import_rows_record_idx on governance.import_rows (record_key) where record_key is not null;
comment on table governance.import_rows is 'The rows of imports: what stands in the file, the record that it makes, its verdict and what became of it.';
comment on column governance.import_rows.line is 'The line of the file on which the row begins.';
comment on column governance.import_rows.raw is 'The row as it stands in the file: a list of cells, an object of NDJSON, or the text of a line that cannot be read.';
comment on column governance.import_rows.record is 'The record that the mapping makes of it, or that somebody corrected; kept for rows that are not written.';
comment on column governance.import_rows.verdict is 'written as it is; written and corrected; written with issues; not written, for all reasons; not written, because it is the same record as another one; not readable.';
comment on column governance.import_rows.same_as is 'The row of this file that has the same key.';
comment on column governance.import_rows.state is 'quarantined: not written, waits for a correction; skipped: the record is there already and is left as it is; discarded: somebody gave it up.';

comment on column governance.import_rows.diverted is 'What of the row a change policy holds back: {"request_id", "fields"}. The rest of the row is written.';

create table governance.import_mappings (
  org_id text not null references governance.organizations on delete cascade,
  entity_type text not null references governance.entities on delete cascade,
  header_hash text not null,
  columns text[] not null,
  mapping jsonb not null,
  saved_by uuid,
  saved_at timestamptz not null default now(),
  primary key (org_id, entity_type, header_hash)
);
create index import_mappings_entity_idx on governance.import_mappings (entity_type);
comment on table governance.import_mappings is 'Which column of a file becomes which field, by the names in its header: used again when a file with the same header comes.';

create table governance_private.import_uploads (
  import_id uuid primary key references governance.imports on delete cascade,
  carry text not null default '',
  carry_bytes text not null default '',
  next_line bigint not null default 1
);
comment on table governance_private.import_uploads is 'What the last chunk of a file ended with: the beginning of a row, as text, and bytes that are no whole character yet.';

alter table governance.imports enable row level security;
alter table governance.import_rows enable row level security;
alter table governance.import_mappings enable row level security;
alter table governance_private.import_uploads enable row level security;
create policy "Stewards see imports, and members their own" on governance.imports for select to authenticated
  using (org_id in (select governance_private.my_org_ids('steward'))
    or (created_by = (select auth.uid()) and org_id in (select governance_private.my_org_ids('member'))));
create policy "Whoever sees an import sees its rows of records they can read" on governance.import_rows for select to authenticated
  using (exists (select from governance.imports i where i.import_id = import_rows.import_id and (i.created_by = (select auth.uid())
    or (governance_private.can_read_table(i.entity_type)
      and (import_rows.record_key is null or governance_private.may_see(i.org_id, i.entity_type, import_rows.record_key))))));
create policy "Members see the mappings of their organization" on governance.import_mappings for select to authenticated
  using (org_id in (select governance_private.my_org_ids('member')));
create policy "Stewards forget mappings" on governance.import_mappings for delete to authenticated
  using (org_id in (select governance_private.my_org_ids('steward')));
grant select on governance.imports, governance.import_rows, governance.import_mappings to authenticated, service_role;
grant delete on governance.import_mappings to authenticated, service_role;

create function governance_private.require_import(p_import_id uuid, p_key_id uuid, p_what text) returns governance.imports
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import governance.imports;
  v_is_seen boolean;
begin
  -- Definer: locks the import for whoever may work on it. A key works on what its own source brought; a person on its own imports, stewards on all.
  select * into v_import from governance.imports i where i.import_id = p_import_id for update;
  if p_key_id is not null then
    perform governance_private.require_instance_admin('import in the name of a source');
    v_is_seen := exists (select from governance.integration_keys k
      where k.key_id = p_key_id and k.org_id = v_import.org_id and k.source_key = v_import.source_key and k.revoked_at is null);
  else
    v_is_seen := governance_private.is_instance_admin() or v_import.created_by = auth.uid()
      or exists (select from governance_private.my_org_ids('steward') as o(org_id) where o.org_id = v_import.org_id);
  end if;
  if v_import.import_id is null or v_is_seen is not true then
    perform governance_private.raise_error('PT404', 'not-found', 'There is no such import.');
  end if;
  -- Again at every step: whoever has lost the role since loses the import with it.
  if p_key_id is null then
    perform governance_private.require_role(v_import.org_id, 'member', p_what);
  end if;
  return v_import;
end
$$;
comment on function governance_private.require_import(uuid, uuid, text) is 'The import, locked, for a caller who may work on it now; its rights are looked at again at every call.';

create function governance_private.require_import_status(p_import governance.imports, p_allowed text[], p_what text) returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if p_import.status <> all (p_allowed) then
    perform governance_private.raise_error('PT409', 'stale', format('You cannot %s: the import is "%s".', p_what, p_import.status),
      jsonb_build_object('import_id', p_import.import_id, 'status', p_import.status), 'Look at the import as it is now.');
  elsif p_import.purged_at is not null then
    perform governance_private.raise_error('PT409', 'stale', format('You cannot %s: the rows of the import are no longer kept.', p_what),
      jsonb_build_object('import_id', p_import.import_id));
  end if;
end
$$;

create function governance_private.recount_import(p_import_id uuid) returns void
language sql volatile security definer set search_path = ''
as $$
  -- Definer: called by the import's own functions, which have checked the caller.
  with rows as (
    select w.verdict, w.state, count(*) as n, count(w.diverted) as diverted from governance.import_rows w where w.import_id = p_import_id group by w.verdict, w.state
  )
  update governance.imports i
  set counts = jsonb_build_object(
        'verdicts', coalesce((select jsonb_object_agg(x.verdict, x.n) from (select r.verdict, sum(r.n) as n from rows r where r.verdict is not null group by 1) x), '{}'),
        'states', coalesce((select jsonb_object_agg(x.state, x.n) from (select r.state, sum(r.n) as n from rows r group by 1) x), '{}'),
        'diverted', (select coalesce(sum(r.diverted), 0) from rows r)),
      updated_at = clock_timestamp()
  where i.import_id = p_import_id
$$;
comment on function governance_private.recount_import(uuid) is 'Counts the rows of an import by verdict and by state.';

grant execute on function governance_private.require_import(uuid, uuid, text), governance_private.require_import_status(governance.imports, text[], text),
  governance_private.recount_import(uuid) to authenticated, service_role;
