-- What: further sets that are columns of the CRM: stages of pipelines, the team's names, plan codes.
-- Why: a name that an import brings is held against the catalogue of the organization itself.
-- Breaks a running client: no.

-- Only catalogues, which are small and seldom change: a set over a table that is written all day would have every write look for readers.

insert into governance.reference_sets (set_key, kind, entity_type, column_name, case_sensitive, description, source) values
  ('pipeline_stages', 'column', 'pipeline_stage', 'name', true, 'The names of the stages of the organization''s pipelines.', 'The CRM''s table pipeline_stages.'),
  ('stages_of_the_pipeline', 'column', 'pipeline_stage', 'stage_in_pipeline', true,
   'The stages of each pipeline, with the pipeline that they belong to.', 'The CRM''s table pipeline_stages.'),
  ('team_members', 'column', 'team_member', 'name', true, 'The names of the organization''s team, those who have left included.', 'The CRM''s table team_members.'),
  ('plan_codes', 'column', 'plan', 'code', true, 'The codes of the organization''s plans.', 'The CRM''s table plans.');
