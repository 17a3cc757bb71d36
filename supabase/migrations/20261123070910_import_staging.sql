-- What: starting an import, taking its file chunk by chunk, and saying how it is read.
-- Why: a file of any size arrives in parts, each once, in one transaction each; nothing of it is written before somebody says so.
-- Breaks a running client: no.

create function governance_private.import_option_faults(p_entity_type text, p_options jsonb) returns text[]
language sql stable security invoker set search_path = ''
as $$
  select array_agg(f) from (
    select format('"%s" is not a column of %s that records can be matched on', x, p_entity_type) as f
    from jsonb_array_elements_text(coalesce(p_options -> 'match_on', '[]')) as x
    where not exists (select from governance_private.entity_columns(p_entity_type) c where c.column_name = x and c.class in ('text', 'uuid', 'number', 'date'))
    union all
    select unnest(governance_private.mapping_faults(p_entity_type, null, p_options -> 'mapping')) where jsonb_typeof(p_options -> 'mapping') = 'object') x
$$;

create function governance_private.refuse_import_faults(p_faults text[]) returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if cardinality(p_faults) > 0 then
    perform governance_private.raise_error('PT422', 'invalid-value', format('The file cannot be imported like this: %s.', array_to_string(p_faults, '; ')),
      jsonb_build_object('faults', to_jsonb(p_faults)));
  end if;
end
$$;

create function governance_private.import_answer(p_import governance.imports) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select to_jsonb(p_import) - array['chunk_hashes', 'content_hash'] || jsonb_build_object('chunks', cardinality(p_import.chunk_hashes))
$$;
comment on function governance_private.import_answer(governance.imports) is 'An import as the API answers it.';

create function governance_private.start_import(p_org_id text, p_entity_type text, p_file_name text, p_options jsonb, p_key_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_key governance.integration_keys;
  v_import governance.imports;
begin
  -- Definer: imports are written by nobody but through here; checks the caller first.
  if p_key_id is not null then
    perform governance_private.require_instance_admin('import in the name of a source');
    select * into v_key from governance.integration_keys k where k.key_id = p_key_id and k.org_id = p_org_id and k.revoked_at is null;
    if not found then
      perform governance_private.raise_error('PT404', 'not-found', format('There is no organization "%s" that the key belongs to.', p_org_id));
    end if;
  else
    if not governance_private.is_instance_admin() and not exists (select from governance_private.my_org_ids() as o(org_id) where o.org_id = p_org_id) then
      perform governance_private.raise_error('PT404', 'not-found', format('There is no organization "%s" that you belong to.', p_org_id), jsonb_build_object('field', 'p_org_id'));
    end if;
    perform governance_private.require_role(p_org_id, 'member', 'import');
  end if;
  if not exists (select from governance.entities e where e.entity_type = p_entity_type) then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no entity "%s".', p_entity_type), jsonb_build_object('field', 'p_entity_type'));
  end if;
  perform governance_private.refuse_import_faults(governance_private.import_option_faults(p_entity_type, p_options));
  insert into governance.imports (org_id, entity_type, file_name, created_by, source_key, mode, match_on, format, encoding, delimiter, has_header, mapping, mapping_origin, is_again)
  values (p_org_id, p_entity_type, p_file_name, auth.uid(), v_key.source_key, coalesce(p_options ->> 'mode', 'insert'),
    array(select jsonb_array_elements_text(coalesce(p_options -> 'match_on', '[]'))), p_options ->> 'format', p_options ->> 'encoding', p_options ->> 'delimiter',
    (p_options ->> 'has_header')::boolean, nullif(p_options -> 'mapping', 'null'), case when jsonb_typeof(p_options -> 'mapping') = 'object' then 'given' end,
    coalesce((p_options ->> 'again')::boolean, false))
  returning * into v_import;
  insert into governance_private.import_uploads (import_id) values (v_import.import_id);
  return governance_private.import_answer(v_import);
end
$$;

create function governance.start_import(p_org_id text, p_entity_type text, p_file_name text, p_options jsonb default '{}', p_key_id uuid default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.start_import(p_org_id, p_entity_type, p_file_name, p_options, p_key_id)
$$;
comment on function governance.start_import(text, text, text, jsonb, uuid) is
  'Starts an import of a file into an organization''s records. p_options: mode, match_on, mapping, format, encoding, delimiter, has_header, again. For members; what they may write is decided at commit.';

create function governance_private.require_next_chunk(p_import governance.imports, p_chunk integer, p_hash text) returns boolean
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- True: the chunk has arrived already.
  if p_chunk < cardinality(p_import.chunk_hashes) then
    if p_import.chunk_hashes[p_chunk + 1] <> p_hash then
      perform governance_private.raise_error('PT409', 'stale', format('Chunk %s has arrived with another content.', p_chunk),
        jsonb_build_object('import_id', p_import.import_id, 'chunk', p_chunk), 'Start a new import.');
    end if;
    return true;
  end if;
  perform governance_private.require_import_status(p_import, array['uploading'], 'add to this file');
  if p_chunk > cardinality(p_import.chunk_hashes) then
    perform governance_private.raise_error('PT409', 'stale', format('Chunk %s comes next, not chunk %s.', cardinality(p_import.chunk_hashes), p_chunk),
      jsonb_build_object('import_id', p_import.import_id, 'next_chunk', cardinality(p_import.chunk_hashes)));
  end if;
  return false;
end
$$;

create function governance_private.begin_import_chunk(p_import_id uuid, p_chunk integer, p_hash text, p_key_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import governance.imports := governance_private.require_import(p_import_id, p_key_id, 'import');
begin
  -- Definer: what a chunk ended with is private; require_import has checked the caller.
  return jsonb_build_object('is_known', governance_private.require_next_chunk(v_import, p_chunk, p_hash), 'import', governance_private.import_answer(v_import),
    'upload', (select to_jsonb(u) - 'import_id' from governance_private.import_uploads u where u.import_id = p_import_id));
end
$$;

create function governance.begin_import_chunk(p_import_id uuid, p_chunk integer, p_hash text, p_key_id uuid default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.begin_import_chunk(p_import_id, p_chunk, p_hash, p_key_id)
$$;
comment on function governance.begin_import_chunk(uuid, integer, text, uuid) is
  'For governance-api: whether a chunk of a file has arrived already; if not, how the file is read and what the chunk before ended with.';

create function governance_private.hash_import(p_import_id uuid) returns text
language sql stable security invoker set search_path = ''
as $$
  -- Over blocks of rows, so that no file is held in memory as a whole.
  select encode(sha256(convert_to(string_agg(b.hash, '' order by b.block), 'UTF8')), 'hex') from (
    select (w.row_number - 1) / 1000 as block, encode(sha256(convert_to(string_agg(w.raw::text, E'\n' order by w.row_number), 'UTF8')), 'hex') as hash
    from governance.import_rows w where w.import_id = p_import_id group by 1) b
$$;

create function governance_private.finish_import_upload(p_import_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import governance.imports;
  v_hash text := governance_private.hash_import(p_import_id);
  v_same uuid;
  v_mapping jsonb;
  v_origin text := 'saved';
begin
  -- Definer: looks at other people's imports of the organization, to know a file again; tells no more than that there is one.
  select * into strict v_import from governance.imports i where i.import_id = p_import_id;
  if v_import.row_count = 0 then
    perform governance_private.raise_error('PT422', 'invalid-value', 'The file has no rows.', jsonb_build_object('import_id', p_import_id));
  end if;
  select i.import_id into v_same from governance.imports i
  where i.content_hash = v_hash and i.org_id = v_import.org_id and i.entity_type = v_import.entity_type and i.import_id <> p_import_id and i.status <> 'undone'
  order by i.created_at limit 1;
  if v_same is not null and not v_import.is_again then
    perform governance_private.raise_error('PT409', 'already-imported', 'The same file was brought before.', jsonb_build_object('import_id', v_same),
      'Look at that import; or say that it is meant: again.');
  end if;
  v_mapping := v_import.mapping;
  if v_mapping is null then
    select m.mapping into v_mapping from governance.import_mappings m
    where m.org_id = v_import.org_id and m.entity_type = v_import.entity_type and m.header_hash = governance_private.header_hash(v_import.columns)
      and governance_private.mapping_faults(v_import.entity_type, v_import.columns, m.mapping) is null;
    if v_mapping is null then
      v_mapping := governance_private.suggest_mapping(v_import.entity_type, v_import.columns);
      v_origin := 'suggested';
    end if;
  else
    v_origin := v_import.mapping_origin;
    perform governance_private.refuse_import_faults(governance_private.mapping_faults(v_import.entity_type, v_import.columns, v_mapping));
  end if;
  update governance.imports i
  set status = 'staged', content_hash = v_hash, mapping = v_mapping, mapping_origin = v_origin,
      unknown_columns = array(select c from unnest(i.columns) with ordinality as x(c, n) where c not in (select m ->> 'column' from jsonb_array_elements(v_mapping -> 'columns') as m) order by n)
  where i.import_id = p_import_id;
  delete from governance_private.import_uploads u where u.import_id = p_import_id;
  perform governance_private.recount_import(p_import_id);
end
$$;

create function governance_private.stage_import_chunk(
  p_import_id uuid, p_chunk integer, p_hash text, p_reading jsonb, p_rows jsonb, p_carry jsonb, p_is_last boolean, p_key_id uuid
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import governance.imports := governance_private.require_import(p_import_id, p_key_id, 'import');
begin
  -- Definer: rows are written by nobody but through here; require_import has checked the caller and locked the import.
  if not governance_private.require_next_chunk(v_import, p_chunk, p_hash) then
    -- p_rows: [[line, raw, why it cannot be read or null], …]
    insert into governance.import_rows (import_id, row_number, line, raw, verdict, reasons)
    select p_import_id, v_import.row_count + n, (r ->> 0)::bigint, r -> 1, case when r -> 2 <> 'null' then 'unreadable' end,
      case when r -> 2 <> 'null' then jsonb_build_array(jsonb_build_object('code', 'unreadable', 'message', r -> 2, 'rule_key', null, 'fields', '[]'::jsonb)) else '[]' end
    from jsonb_array_elements(p_rows) with ordinality as x(r, n);
    update governance.imports i
    set row_count = i.row_count + jsonb_array_length(p_rows), chunk_hashes = i.chunk_hashes || p_hash, updated_at = clock_timestamp(),
        format = coalesce(i.format, p_reading ->> 'format'), encoding = coalesce(i.encoding, p_reading ->> 'encoding'),
        delimiter = coalesce(i.delimiter, p_reading ->> 'delimiter'), has_header = coalesce(i.has_header, (p_reading ->> 'has_header')::boolean),
        columns = array(select c from (
          select c, min(n) as n from unnest(i.columns || array(select jsonb_array_elements_text(p_reading -> 'columns'))) with ordinality as x(c, n) group by c) d order by n)
    where i.import_id = p_import_id;
    update governance_private.import_uploads u
    set carry = p_carry ->> 'text', carry_bytes = p_carry ->> 'bytes', next_line = (p_carry ->> 'next_line')::bigint
    where u.import_id = p_import_id;
    if p_is_last then
      perform governance_private.finish_import_upload(p_import_id);
    end if;
  end if;
  return (select governance_private.import_answer(i) from governance.imports i where i.import_id = p_import_id);
end
$$;

create function governance.stage_import_chunk(
  p_import_id uuid, p_chunk integer, p_hash text, p_reading jsonb, p_rows jsonb, p_carry jsonb, p_is_last boolean, p_key_id uuid default null
) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.stage_import_chunk(p_import_id, p_chunk, p_hash, p_reading, p_rows, p_carry, p_is_last, p_key_id)
$$;
comment on function governance.stage_import_chunk(uuid, integer, text, jsonb, jsonb, jsonb, boolean, uuid) is
  'For governance-api: stages the rows of one chunk of a file, once; the last one ends the file, recognises it, and gives it a mapping.';

create function governance_private.change_import(p_import_id uuid, p_changes jsonb, p_save_mapping boolean, p_key_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import governance.imports := governance_private.require_import(p_import_id, p_key_id, 'change this import');
begin
  -- Definer: as for staging. Whatever was judged before is judged anew.
  perform governance_private.require_import_status(v_import, array['uploading', 'staged', 'judging', 'judged'], 'change how it is read');
  perform governance_private.refuse_import_faults(governance_private.import_option_faults(v_import.entity_type, p_changes - 'mapping')
    || governance_private.mapping_faults(v_import.entity_type, case when v_import.status <> 'uploading' then v_import.columns end, coalesce(p_changes -> 'mapping', v_import.mapping)));
  update governance.imports i
  set mapping = coalesce(p_changes -> 'mapping', i.mapping), mapping_origin = case when p_changes ? 'mapping' then 'given' else i.mapping_origin end,
      mode = coalesce(p_changes ->> 'mode', i.mode), judged_to = 0, revision = i.revision + 1, status = case when i.status = 'uploading' then 'uploading' else 'staged' end,
      match_on = case when p_changes ? 'match_on' then array(select jsonb_array_elements_text(p_changes -> 'match_on')) else i.match_on end
  where i.import_id = p_import_id;
  update governance.imports i
  set unknown_columns = array(select c from unnest(i.columns) with ordinality as x(c, n)
    where c not in (select m ->> 'column' from jsonb_array_elements(i.mapping -> 'columns') as m) order by n)
  where i.import_id = p_import_id and i.mapping is not null and i.status <> 'uploading';
  update governance.import_rows w set verdict = null, operation = null, reasons = '[]', diverted = null, fixes = null, issues = null, same_as = null, record = null, match_key = null
  where w.import_id = p_import_id and w.verdict <> 'unreadable' and not w.is_corrected;
  if p_save_mapping then
    insert into governance.import_mappings (org_id, entity_type, header_hash, columns, mapping, saved_by)
    select i.org_id, i.entity_type, governance_private.header_hash(i.columns), i.columns, i.mapping, auth.uid()
    from governance.imports i where i.import_id = p_import_id and cardinality(i.columns) > 0 and i.mapping is not null
    on conflict (org_id, entity_type, header_hash) do update set columns = excluded.columns, mapping = excluded.mapping, saved_by = excluded.saved_by, saved_at = now();
  end if;
  perform governance_private.recount_import(p_import_id);
  return (select governance_private.import_answer(i) from governance.imports i where i.import_id = p_import_id);
end
$$;

create function governance.change_import(p_import_id uuid, p_changes jsonb, p_save_mapping boolean default false, p_key_id uuid default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.change_import(p_import_id, p_changes, p_save_mapping, p_key_id)
$$;
comment on function governance.change_import(uuid, jsonb, boolean, uuid) is
  'Changes mapping, mode or match_on of an import that is not committed; verdicts are forgotten. p_save_mapping keeps the mapping for the next file with this header.';

grant execute on function governance.start_import(text, text, text, jsonb, uuid), governance_private.start_import(text, text, text, jsonb, uuid),
  governance.begin_import_chunk(uuid, integer, text, uuid), governance_private.begin_import_chunk(uuid, integer, text, uuid),
  governance.stage_import_chunk(uuid, integer, text, jsonb, jsonb, jsonb, boolean, uuid),
  governance_private.stage_import_chunk(uuid, integer, text, jsonb, jsonb, jsonb, boolean, uuid),
  governance.change_import(uuid, jsonb, boolean, uuid), governance_private.change_import(uuid, jsonb, boolean, uuid),
  governance_private.import_answer(governance.imports) to authenticated, service_role;
