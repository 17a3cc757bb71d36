-- What: reference sets: named lists, registered columns such as a catalogue's names, and mappings of one value to others.
-- Why: a rule can demand that a value is known or fits another, and suggest the nearest member when it is not.
-- Breaks a running client: no.

create table governance.reference_sets (
  set_key text primary key check (set_key ~ '^[a-z][a-z0-9_]{0,62}$'),
  org_id text references governance.organizations on delete cascade,
  kind text not null default 'list' check (kind in ('list', 'column', 'mapping')),
  entity_type text,
  column_name text,
  case_sensitive boolean not null default true,
  key_length integer check (key_length between 1 and 255),
  description text not null,
  source text,
  constraint a_column_set_names_its_column check ((kind = 'column') = (entity_type is not null and column_name is not null)),
  constraint only_a_mapping_has_a_key_length check (kind = 'mapping' or key_length is null)
);
create index reference_sets_org_id_idx on governance.reference_sets (org_id);
comment on table governance.reference_sets is 'Named sets of known values: lists (countries), a column of an entity (products.name, per organization), mappings (ZIP prefix to state).';
comment on column governance.reference_sets.key_length is 'Mappings: how many characters from the front of a field are the key (3 for a ZIP prefix); empty: all of it.';
comment on column governance.reference_sets.source is 'Where the list comes from, with its version and licence.';

create function governance_private.fold_reference(p_value text) returns text
language sql immutable parallel safe security invoker
-- Folds case in the same way everywhere, whatever the database's locale.
return lower(p_value collate "und-x-icu");

create table governance.reference_values (
  set_key text not null references governance.reference_sets on delete cascade,
  org_id text references governance.organizations on delete cascade,
  value text not null check (value <> ''),
  canonical text,
  alternatives text[] not null default '{}',
  constraint a_value_stands_once_in_its_set unique nulls not distinct (set_key, org_id, value)
);
create index reference_values_folded_idx on governance.reference_values (set_key, governance_private.fold_reference(value));
create index reference_values_org_id_idx on governance.reference_values (org_id);
comment on table governance.reference_values is 'The members of the list sets, and the keys of mappings with what they say. Synonyms are members too and name their canonical value.';
comment on column governance.reference_values.org_id is 'Empty: for every organization. Otherwise an addition of this one.';
comment on column governance.reference_values.canonical is 'The value that this synonym stands for; empty when the value is canonical itself. In a mapping: what the key says.';
comment on column governance.reference_values.alternatives is 'Mappings: further values that agree with the key, and other ways to write one.';

alter table governance.reference_sets enable row level security;
alter table governance.reference_values enable row level security;
create policy "Members see the sets" on governance.reference_sets for select to authenticated
  using (org_id is null or org_id in (select governance_private.my_org_ids()));
create policy "Members see the values" on governance.reference_values for select to authenticated
  using (org_id is null or org_id in (select governance_private.my_org_ids()));
create policy "Stewards add values for their organization" on governance.reference_values for insert to authenticated
  with check (org_id in (select governance_private.my_org_ids('steward')));
create policy "Stewards remove values of their organization" on governance.reference_values for delete to authenticated
  using (org_id in (select governance_private.my_org_ids('steward')));
grant select on governance.reference_sets, governance.reference_values to authenticated, service_role;
grant insert (set_key, org_id, value, canonical, alternatives), delete on governance.reference_values to authenticated, service_role;
grant insert (set_key, org_id, kind, entity_type, column_name, case_sensitive, key_length, description, source), delete on governance.reference_sets to service_role;
