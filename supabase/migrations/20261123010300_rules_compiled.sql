-- What: what a compiled condition is, and how two of them are joined.
-- Why: every part of the compiler hands on the same thing: SQL, sentence, what is read, or every fault.
-- Breaks a running client: no.

create type governance_private.compiled as (
  sql text,          -- three-valued expression over r and the joined aliases
  sentence text,
  paths text[],      -- field paths that are read
  lookups jsonb,     -- [[path, set_key], …]
  faults jsonb,      -- [{"at": "/rules/0", "message": "…"}, …]
  subject text,      -- a comparison's sentence in two halves; null for groups
  predicate text,
  moments jsonb,     -- moving moments: [[class, text], …]
  matches jsonb,     -- to-many relations: [{"at", "relation", "entity_type", "paths", "counts_sql", "unreadable_sql"}, …]
  needs_typescript boolean  -- the SQL says nothing: only evaluate can judge
);

create function governance_private.nothing_compiled() returns governance_private.compiled
language sql immutable security invoker
return row(null, null, '{}', '[]', '[]', null, null, '[]', '[]', false)::governance_private.compiled;

create function governance_private.join_compiled(p_left governance_private.compiled, p_right governance_private.compiled) returns governance_private.compiled
language sql immutable security invoker
-- What two conditions read and ask, and their faults. A condition that is absent adds nothing.
return row(null, null, coalesce((p_left).paths, '{}') || coalesce((p_right).paths, '{}'),
  coalesce((p_left).lookups, '[]') || coalesce((p_right).lookups, '[]'), coalesce((p_left).faults, '[]') || coalesce((p_right).faults, '[]'), null, null,
  coalesce((p_left).moments, '[]') || coalesce((p_right).moments, '[]'), coalesce((p_left).matches, '[]') || coalesce((p_right).matches, '[]'),
  coalesce((p_left).needs_typescript, false) or coalesce((p_right).needs_typescript, false))::governance_private.compiled;

create function governance_private.fault(p_at text, p_message text) returns jsonb
language sql immutable security invoker
return jsonb_build_array(jsonb_build_object('at', p_at, 'message', p_message));
