-- What: the rules, their versions, and what the compiler makes of them.
-- Why: a rule is a row that anyone can read; every execution is generated from it.
-- Breaks a running client: no.

create table governance.data_quality_rules (
  id uuid primary key default gen_random_uuid(),
  rule_key text not null check (rule_key ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$' and length(rule_key) <= 80),
  org_id text references governance.organizations on delete cascade,
  entity_type text not null,
  kind text not null default 'condition' check (kind in ('condition', 'unique', 'reference')),
  dimension text not null
    check (dimension in ('completeness', 'validity', 'consistency', 'uniqueness', 'timeliness', 'accuracy', 'integrity')),
  severity text not null default 'medium' check (severity in ('critical', 'high', 'medium', 'low')),
  enforcement text not null default 'issue' check (enforcement in ('block', 'issue', 'fix')),
  timing text not null check (timing in ('write', 'async', 'schedule')),
  status text not null default 'draft' check (status in ('draft', 'shadow', 'active', 'deprecated')),
  suspended_reason text,
  applies_when jsonb,
  condition jsonb,
  message text not null check (length(message) between 1 and 500),
  description text,
  sentence text,
  reads text[] not null default '{}',
  fix jsonb,
  due_in interval check (due_in > interval '0'),
  default_owner uuid,
  version integer not null default 1,
  created_by uuid default auth.uid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint a_rule_key_stands_once_per_organization unique nulls not distinct (rule_key, org_id),
  constraint system_keys_are_reserved check (rule_key not like 'system-%')
);
create index data_quality_rules_entity_type_idx on governance.data_quality_rules (entity_type);
create index data_quality_rules_org_id_idx on governance.data_quality_rules (org_id);
comment on table governance.data_quality_rules is 'The rules. Saving one checks it and compiles it; a rule that cannot run is refused with every fault named.';
comment on column governance.data_quality_rules.org_id is 'Empty: for every organization. An organization''s own row with the same rule_key stands in for the shared one.';
comment on column governance.data_quality_rules.enforcement is 'block refuses the write, issue opens an issue, fix corrects the record.';
comment on column governance.data_quality_rules.timing is 'write: in the transaction; async: after each change; schedule: only by the sweep. Left empty: write for block, async for the others.';
comment on column governance.data_quality_rules.status is 'draft, shadow (runs and counts, does nothing), active, deprecated.';
comment on column governance.data_quality_rules.suspended_reason is 'Set by the product when the rule cannot run any more, until it compiles again.';
comment on column governance.data_quality_rules.applies_when is 'Query builder group: the records that the rule speaks of. Empty: all.';
comment on column governance.data_quality_rules.kind is 'condition: a group must hold; unique: no two records have the same key; reference: the record pointed to exists and satisfies a condition.';
comment on column governance.data_quality_rules.condition is 'Query builder group that must hold, or the parameters of the other kinds. A fix rule may leave it empty: its steps then run on every record that it applies to.';
comment on column governance.data_quality_rules.message is 'What people read; {field} shows the record''s value.';
comment on column governance.data_quality_rules.sentence is 'The rule in plain English, generated when it is saved.';
comment on column governance.data_quality_rules.reads is 'The fields that the rule reads, shows or writes, generated when it is saved. Who may not read one of them does not see its issues.';
comment on column governance.data_quality_rules.fix is 'Fix steps: applied by fix rules, suggested by the others.';
comment on column governance.data_quality_rules.due_in is 'How long its issues may stay open; by severity when empty.';

create table governance.data_quality_rule_versions (
  rule_id uuid not null,
  version integer not null,
  rule_key text not null,
  org_id text,
  definition jsonb not null,
  sentence text,
  changed_by uuid,
  changed_role text not null,
  changed_at timestamptz not null default now(),
  reason text,
  is_imported boolean not null default false,
  primary key (rule_id, version)
);
comment on table governance.data_quality_rule_versions is 'Every version that a rule has had, with who made it; it outlives the rule.';
comment on column governance.data_quality_rule_versions.is_imported is 'Made from files by governance.import_rules, or overwritten by one that insisted, so that the files know of it.';
comment on column governance.data_quality_rule_versions.reason is 'Why, where somebody has said so: needed to promote a rule without evidence.';

create table governance_private.compiled_entities (
  entity_type text primary key references governance.entities on delete cascade,
  rules jsonb not null default '[]',
  classes jsonb not null default '{}',
  lookups jsonb not null default '[]',
  moments jsonb not null default '[]',
  table_signature text,
  compiled_at timestamptz not null default now()
);
comment on column governance_private.compiled_entities.table_signature is 'What the catalog said of the table, its columns and its partitions when this was compiled.';
comment on table governance_private.compiled_entities is 'What evaluate gets beside the records: the running rules, the class of every path they read, the reference sets they look up, and their moving moments.';

create table governance_private.rule_columns (
  rule_id uuid not null references governance.data_quality_rules on delete cascade,
  entity_type text not null references governance.entities on delete cascade,
  column_name text not null,
  type_sql text not null,
  primary key (rule_id, entity_type, column_name)
);
create index rule_columns_column_idx on governance_private.rule_columns (entity_type, column_name);
comment on table governance_private.rule_columns is 'The columns, and their types, that a rule read when it could last be compiled: what it lacks when it cannot.';

alter table governance.data_quality_rules enable row level security;
alter table governance.data_quality_rule_versions enable row level security;
alter table governance_private.compiled_entities enable row level security;
alter table governance_private.rule_columns enable row level security;

create policy "Members see the rules that hold for them" on governance.data_quality_rules for select to authenticated
  using (org_id is null or org_id in (select governance_private.my_org_ids()));
create policy "Admins add rules of their organization" on governance.data_quality_rules for insert to authenticated
  with check (org_id in (select governance_private.my_org_ids('admin')));
create policy "Admins change rules of their organization, stewards shadow them" on governance.data_quality_rules for update to authenticated
  using (org_id in (select governance_private.my_org_ids('steward')))
  with check (org_id in (select governance_private.my_org_ids('steward')));
comment on policy "Admins change rules of their organization, stewards shadow them" on governance.data_quality_rules is
  'What more than shadowing somebody does who is no admin, governance_private.prepare_rule refuses.';
create policy "Admins remove rules of their organization" on governance.data_quality_rules for delete to authenticated
  using (org_id in (select governance_private.my_org_ids('admin')));
create policy "Members see the versions of the rules that hold for them" on governance.data_quality_rule_versions for select to authenticated
  using (org_id is null or org_id in (select governance_private.my_org_ids()));

grant select, delete on governance.data_quality_rules to authenticated, service_role;
grant insert (rule_key, org_id, entity_type, kind, dimension, severity, enforcement, timing, status, applies_when, condition, message, description, fix, due_in, default_owner),
  update (dimension, severity, enforcement, timing, status, applies_when, condition, message, description, fix, due_in, default_owner)
  on governance.data_quality_rules to authenticated, service_role;
grant select on governance.data_quality_rule_versions to authenticated, service_role;
