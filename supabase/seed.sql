-- What: two fictional organizations with the usual mess: every shipped issue and fix rule is seen at work on it.
-- Why: a first look at the product should not begin with an empty screen. Run as postgres; a second run changes nothing.
-- Breaks a running client: no. Nobody in here exists: example.com addresses, numbers that are reserved for fiction.

-- The demo users: accounts in auth.users with these ids get these roles (local/ makes them; on a project of your own, sign up and
-- put your id in their place).
insert into public.organizations (id, name, time_zone, default_country, default_currency) values
  ('00000000-0000-4000-8000-00000000a000', 'Harbor Lane Supply', 'America/New_York', 'US', 'USD'),
  ('00000000-0000-4000-8000-00000000b000', 'Kestrel Analytics', 'Europe/London', 'GB', 'GBP')
on conflict do nothing;

insert into governance.memberships (user_id, org_id, role) values
  ('00000000-0000-4000-8000-00000000a001', '00000000-0000-4000-8000-00000000a000', 'viewer'),   -- viewer@harbor-lane.example.com
  ('00000000-0000-4000-8000-00000000a002', '00000000-0000-4000-8000-00000000a000', 'member'),   -- rep@harbor-lane.example.com
  ('00000000-0000-4000-8000-00000000a003', '00000000-0000-4000-8000-00000000a000', 'steward'),  -- steward@harbor-lane.example.com
  ('00000000-0000-4000-8000-00000000a004', '00000000-0000-4000-8000-00000000a000', 'admin'),    -- admin@harbor-lane.example.com
  ('00000000-0000-4000-8000-00000000b002', '00000000-0000-4000-8000-00000000b000', 'member'),   -- rep@kestrel.example.com
  ('00000000-0000-4000-8000-00000000b004', '00000000-0000-4000-8000-00000000b000', 'admin')     -- admin@kestrel.example.com
on conflict do nothing;

-- Catalogues and pipelines.

insert into public.products (org_id, name, sku, family, list_price, currency)
select o.id, v.name, v.sku, v.family, v.list_price, o.default_currency::text
from (values
  ('Harbor Lane Supply', 'Dock Crane 40', 'DC-40', 'Cranes', 184000),
  ('Harbor Lane Supply', 'Dock Crane 60', 'DC-60', 'Cranes', 251500),
  ('Harbor Lane Supply', 'Pallet Lift', 'PL-1', 'Lifts', 12900),
  ('Harbor Lane Supply', 'Pallet Lift Pro', 'PL-2', 'Lifts', 18750),
  ('Harbor Lane Supply', 'Cargo Net', 'CN-8', 'Consumables', 240),
  ('Harbor Lane Supply', 'Mooring Rope', 'MR-12', 'Consumables', 310),
  ('Harbor Lane Supply', 'Service Plan', 'SP-Y', 'Services', 4200),
  ('Kestrel Analytics', 'Forecast Studio', 'FS', 'Software', 9600),
  ('Kestrel Analytics', 'Forecast Studio Team', 'FS-T', 'Software', 24000),
  ('Kestrel Analytics', 'Data Audit', 'DA', 'Services', 5500)
) as v(org, name, sku, family, list_price) join public.organizations o on o.name = v.org
where not exists (select from public.products x where x.org_id = o.id);

insert into public.pipelines (org_id, name, is_default)
select o.id, v.name, v.is_default
from (values ('Harbor Lane Supply', 'New business', true), ('Harbor Lane Supply', 'Renewals', false), ('Kestrel Analytics', 'Sales', true))
  as v(org, name, is_default) join public.organizations o on o.name = v.org
where not exists (select from public.pipelines x where x.org_id = o.id);

insert into public.pipeline_stages (org_id, pipeline_id, name, position, outcome)
select p.org_id, p.id, v.name, v.position, v.outcome
from (values
  ('New business', 'Qualified', 1, 'open'), ('New business', 'Offer', 2, 'open'), ('New business', 'Negotiation', 3, 'open'),
  ('New business', 'Won', 4, 'won'), ('New business', 'Lost', 5, 'lost'),
  ('Renewals', 'Due', 1, 'open'), ('Renewals', 'Offer', 2, 'open'), ('Renewals', 'Renewed', 3, 'won'), ('Renewals', 'Ended', 4, 'lost'),
  ('Sales', 'Trial', 1, 'open'), ('Sales', 'Contract', 2, 'open'), ('Sales', 'Won', 3, 'won'), ('Sales', 'Lost', 4, 'lost')
) as v(pipeline, name, position, outcome) join public.pipelines p on p.name = v.pipeline
join public.organizations o on o.id = p.org_id and o.name in ('Harbor Lane Supply', 'Kestrel Analytics')
where not exists (select from public.pipeline_stages x where x.pipeline_id = p.id);

-- Accounts: a misspelt industry and country, one in capitals with doubled blanks, one that only its website names.

insert into public.accounts
  (org_id, name, industry, country, city, state, postal_code, street, website, phone, email, founded_year, annual_revenue, employees,
   owner_user_id, owner_name, source)
select o.id, v.name, v.industry, v.country, v.city, v.state, v.postal_code, v.street, v.website, v.phone, v.email, v.founded_year,
       v.annual_revenue, v.employees, v.owner_user_id::uuid, v.owner_name, 'seed'
from (values
  ('Harbor Lane Supply', 'Bluewater Terminals', 'Logistics', 'United States', 'Baltimore', 'MD', '21224', '4 Pier Road', 'https://bluewater.example.com', '(410) 555-0142', 'office@bluewater.example.com', 1978, 84000000, 410, '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Northgate Marine', 'Transportation', 'USA', 'Boston', 'MA', '02210', '88 Seaport Blvd', 'https://northgate.example.com', '617.555.0119', null, 1991, 23500000, 130, '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Castellan Foods', 'Food Prodution', 'United States', 'Newark', 'NJ', '07114', '12 Depot Street', null, '+1 973 555 0188', 'buying@castellan.example.com', 2003, 51200000, 260, '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', '  Ferro   Steelworks ', 'Metals', 'Untied States', 'Pittsburgh', 'PA', '15219', null, null, '4125550173', null, 1954, 132000000, 900, '00000000-0000-4000-8000-00000000a003', 'Sam Ortiz'),
  ('Harbor Lane Supply', 'Aurora Cold Storage', 'Warehousing', 'Canada', 'Halifax', 'NS', 'B3J 1S9', '5 Lower Water Street', null, '+1 902-555-0134', null, 2010, 9800000, 75, '00000000-0000-4000-8000-00000000a003', 'Sam Ortiz'),
  ('Harbor Lane Supply', 'Tidewater Shipyard', 'Shipbuilding', 'United States', 'Norfolk', 'VA', '23510', null, null, 'ask for Dana', null, 1969, 67400000, 520, null, 'Dana Whitfield'),
  ('Harbor Lane Supply', null, 'Wholesale', 'Norway', 'Bergen', null, '5003', null, 'https://fjordhandel.example.com', null, null, null, null, null, null, 'Riley Chen'),
  ('Harbor Lane Supply', 'Golden Gate Imports', 'Import/Export', 'U.S.', 'San Francisco', 'CA', '94111', null, null, '415-555-0162', null, 1999, 15100000, 64, '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Kestrel Analytics', 'Marlow & Finch', 'Retail', 'United Kingdom', 'London', null, 'EC1A 1BB', '2 Aldersgate', 'https://marlow-finch.example.com', '020 7946 0123', 'it@marlow-finch.example.com', 1932, 210000000, 1900, '00000000-0000-4000-8000-00000000b002', 'Priya Nair'),
  ('Kestrel Analytics', 'Lakeland Insurance', 'Insurence', 'UK', 'Leeds', null, 'LS1 4DY', null, null, '0113 496 0456', null, 1987, 88000000, 640, '00000000-0000-4000-8000-00000000b002', 'Priya Nair'),
  ('Kestrel Analytics', 'Vogel Energie', 'Energy', 'Germny', 'Hamburg', null, '20095', null, null, '+49 30 23125 147', null, 2001, 47000000, 330, '00000000-0000-4000-8000-00000000b002', 'Priya Nair')
) as v(org, name, industry, country, city, state, postal_code, street, website, phone, email, founded_year, annual_revenue, employees, owner_user_id, owner_name)
join public.organizations o on o.name = v.org
where not exists (select from public.accounts x where x.org_id = o.id);

-- Contacts: phone numbers and addresses as people type them.

insert into public.contacts (org_id, account_id, account_name, first_name, last_name, title, email, phone, country, owner_user_id, owner_name, source)
select o.id, a.id, v.account, v.first_name, v.last_name, v.title, v.email, v.phone, v.country, v.owner_user_id::uuid, v.owner_name, 'seed'
from (values
  ('Harbor Lane Supply', 'Bluewater Terminals', 'Marta', 'Lindqvist', 'Head of Operations', 'Marta.Lindqvist@Bluewater.Example.com', '(410) 555-0143', 'United States', '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Bluewater Terminals', 'TOMAS', 'REYES', 'Buyer', 'tomas.reyes@bluewater.example.com', '410 555 0144', 'United States', '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Northgate Marine', 'Joan', 'Okafor', 'Fleet Manager', ' joan.okafor@northgate.example.com ', '617-555-0120', 'USA', '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Castellan Foods', 'Peter', 'van Dijk', 'Purchasing', 'peter.vandijk@castellan', '973-555-0189', 'United States', '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Aurora Cold Storage', 'Claire', 'Gagnon', '  Plant   Manager ', 'claire@aurora.example.com', '902.555.0135', 'Candada', '00000000-0000-4000-8000-00000000a003', 'Sam Ortiz'),
  ('Harbor Lane Supply', 'Tidewater Shipyard', 'Dana', 'Whitfield', 'Owner', null, '(757) 555-0171 ext. 4', null, null, null),
  ('Kestrel Analytics', 'Marlow & Finch', 'Helen', 'Marlow', 'CIO', 'helen.marlow@marlow-finch.example.com', '020 7946 0124', 'United Kingdom', '00000000-0000-4000-8000-00000000b002', 'Priya Nair'),
  ('Kestrel Analytics', 'Lakeland Insurance', 'owen', 'price', 'Actuary', 'owen.price@lakeland.example.com', '(0113) 496 0457', 'Wales', '00000000-0000-4000-8000-00000000b002', 'Priya Nair')
) as v(org, account, first_name, last_name, title, email, phone, country, owner_user_id, owner_name)
join public.organizations o on o.name = v.org
left join public.accounts a on a.org_id = o.id and a.name = v.account
where not exists (select from public.contacts x where x.org_id = o.id);

-- Leads: the messiest table.

insert into public.leads (org_id, first_name, last_name, company, title, email, phone, country, status, source, owner_user_id, owner_name)
select o.id, v.first_name, v.last_name, v.company, v.title, v.email, v.phone, v.country, v.status, v.source, v.owner_user_id::uuid, v.owner_name
from (values
  ('Harbor Lane Supply', '  maria ', 'GONZALEZ', 'Sunrise   Packaging', null, ' Maria.Gonzalez@Sunrise.Example.COM', '(305) 555-0147', 'United States', 'new', 'web form', '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Liam', 'O''Connor', 'Emerald Freight', 'Director', 'liam@emerald.example.com', '+353 1 500 1234', 'Ireland', 'working', 'trade fair', '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Chen', 'Wei', 'Pearl River Ports', null, 'chen.wei@pearl,example.com', null, 'China', 'new', 'web form', '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', null, null, 'Atlas Quarries', null, null, '2125550198', 'Marocco', 'new', 'purchased list', '00000000-0000-4000-8000-00000000a003', 'Sam Ortiz'),
  ('Harbor Lane Supply', 'Ines', 'Moreau', null, null, null, null, 'France', 'new', 'business card', '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Robert', 'McAllister', 'McAllister & Sons', 'Owner', 'bob@mcallister.example.com', '718 555 0155', 'US', 'qualified', 'referral', '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Aiko', 'Tanaka', 'Tanaka Shipping', null, 'aiko.tanaka(at)tanaka.example.com', '   ', 'Japan', 'new', 'e-mail', '00000000-0000-4000-8000-00000000a003', 'Sam Ortiz'),
  ('Harbor Lane Supply', 'Sofia', 'Rossi', 'Porto Levante', null, 'sofia.rossi@levante.example.com', '06 5555', 'Italy', 'new', 'web form', null, null),
  ('Kestrel Analytics', 'ADA', 'BYRNE', 'Byrne Consulting', 'Partner', 'ADA@BYRNE.EXAMPLE.COM', '020 7946 0555', 'England', 'new', 'web form', '00000000-0000-4000-8000-00000000b002', 'Priya Nair'),
  ('Kestrel Analytics', 'Jonas', 'Weber', 'Weber Logistik', null, 'jonas.weber@@weber.example.com', '+49 30 23125 148', 'Germany', 'new', 'webinar', '00000000-0000-4000-8000-00000000b002', 'Priya Nair')
) as v(org, first_name, last_name, company, title, email, phone, country, status, source, owner_user_id, owner_name)
join public.organizations o on o.name = v.org
where not exists (select from public.leads x where x.org_id = o.id);

-- Deals: names that almost stand in the catalogue, customers that nobody wrote down, dates and amounts that cannot be.

insert into public.deals
  (org_id, name, account_id, account_name, product_id, product_name, pipeline_id, stage_id, stage_name, status, amount, currency,
   opened_on, expected_close_on, closed_on, owner_user_id, owner_name, source)
select o.id, v.name, a.id, v.account, p.id, v.product, s.pipeline_id, s.id, v.stage, s.outcome, v.amount, o.default_currency,
       current_date + v.opened, current_date + v.expected, current_date + v.closed, v.owner_user_id::uuid, v.owner_name, 'seed'
from (values
  ('Harbor Lane Supply', 'Bluewater: second crane', 'Bluewater Terminals', 'Dock Crane 40', 'New business', 'Won', 179000, -140, -60, -52, '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Bluewater: nets for 2027', 'Bluewater Terminals', 'CargoNet', 'New business', 'Offer', 4800, -20, 25, null, '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Northgate: lifts', 'Northgate Marine', 'PalletLift Pro', 'New business', 'Negotiation', 56250, -45, 10, null, '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Northgate: rope', 'Northgate Marine', 'Mooring Rope', 'New business', 'Won', null, -30, -5, -4, '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Castellan: lift', 'Castellan Foods', 'Pallet Lift', 'New business', 'Won', 12400, -12, 0, -33, '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Lift for the new hall', null, 'Pallet Lift', 'New business', 'Qualified', 12900, -7, 60, null, '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Ferro: crane', 'Ferro Steelworks', 'Dock Crane 60', 'New business', 'Lost', 251500, -200, -90, null, '00000000-0000-4000-8000-00000000a003', 'Sam Ortiz'),
  ('Harbor Lane Supply', '  Tidewater:   service ', 'Tidewater Shipyard', 'Service Plan', 'Renewals', 'Due', 4200, -3, 30, null, '00000000-0000-4000-8000-00000000a003', 'Sam Ortiz'),
  ('Harbor Lane Supply', 'Golden Gate: trial order', 'Golden Gate Imports', 'Harbour Tug', 'New business', 'Qualified', null, -2, 90, null, '00000000-0000-4000-8000-00000000a002', 'Riley Chen'),
  ('Harbor Lane Supply', 'Aurora: service plan', 'Aurora Cold Storage', 'Service Plan', 'Renewals', 'Renewed', 4200, -60, -20, -18, '00000000-0000-4000-8000-00000000a003', 'Sam Ortiz'),
  ('Kestrel Analytics', 'Marlow: team licence', 'Marlow & Finch', 'Forecast Studio Team', 'Sales', 'Won', 24000, -80, -30, -28, '00000000-0000-4000-8000-00000000b002', 'Priya Nair'),
  ('Kestrel Analytics', 'Lakeland: studio', 'Lakeland Insurance', 'Forcast Studio', 'Sales', 'Contract', 9600, -25, 14, null, '00000000-0000-4000-8000-00000000b002', 'Priya Nair'),
  ('Kestrel Analytics', 'Audit, by phone', null, 'Data Audit', 'Sales', 'Trial', 5500, -1, 40, null, '00000000-0000-4000-8000-00000000b002', 'Priya Nair')
) as v(org, name, account, product, pipeline, stage, amount, opened, expected, closed, owner_user_id, owner_name)
join public.organizations o on o.name = v.org
join public.pipelines l on l.org_id = o.id and l.name = v.pipeline
join public.pipeline_stages s on s.org_id = o.id and s.pipeline_id = l.id and s.name = v.stage
left join public.accounts a on a.org_id = o.id and a.name = v.account
left join public.products p on p.org_id = o.id and p.name = v.product
where not exists (select from public.deals x where x.org_id = o.id);

insert into public.tasks (org_id, title, description, status, due_on, account_id, deal_id, owner_user_id, owner_name)
select d.org_id, v.title, v.description, v.status, current_date + v.due, d.account_id, d.id, d.owner_user_id, d.owner_name
from (values
  ('Northgate: lifts', 'Send the revised offer', 'They want delivery in one piece.', 'open', 2),
  ('Bluewater: nets for 2027', 'Ask for the quantity', null, 'open', 5),
  ('Lift for the new hall', 'Find out who called', 'No name on the note.', 'open', 1),
  ('Aurora: service plan', 'Send the contract', null, 'done', -18),
  ('Lakeland: studio', 'Call Owen about the trial', null, 'open', 3)
) as v(deal, title, description, status, due) join public.deals d on d.name = v.deal
where not exists (select from public.tasks x where x.org_id = d.org_id);

-- The team. One has left and is still active.

insert into public.team_members (id, org_id, user_id, name, email, joined_on, left_on)
select md5('team ' || v.name)::uuid, o.id, v.user_id::uuid, v.name, v.email, current_date - 900, current_date + v.left_on
from (values
  ('Harbor Lane Supply', '00000000-0000-4000-8000-00000000a002', 'Riley Chen', 'rep@harbor-lane.example.com', null),
  ('Harbor Lane Supply', '00000000-0000-4000-8000-00000000a003', 'Sam Ortiz', 'steward@harbor-lane.example.com', null),
  ('Harbor Lane Supply', null, 'Dana Whitfield', null, null),
  ('Harbor Lane Supply', null, 'Pat Moreno', 'pat.moreno@harbor-lane.example.com', -30),
  ('Kestrel Analytics', '00000000-0000-4000-8000-00000000b002', 'Priya Nair', 'rep@kestrel.example.com', null)
) as v(org, user_id, name, email, left_on) join public.organizations o on o.name = v.org
on conflict (id) do nothing;

-- More of the catalogue: one product twice, one in a currency that is none.

insert into public.products (id, org_id, name, family, list_price, currency)
select md5('product ' || v.name)::uuid, o.id, v.name, v.family, v.list_price, v.currency
from (values ('CARGO NET', 'Consumables', 235, 'USD'), ('Fender Kit', 'Consumables', 89, 'USX')) as v(name, family, list_price, currency)
join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;

-- More accounts, contacts and leads: states, ZIP codes, phone numbers and addresses as lists and syncs bring them; people who are there twice.

insert into public.accounts (id, org_id, name, country, city, state, postal_code, website, phone, email, founded_year, owner_name, source)
select md5('account ' || v.name)::uuid, o.id, v.name, v.country, v.city, v.state, v.postal_code, v.website, v.phone, v.email, v.founded_year, 'Riley Chen', v.source
from (values
  ('BLUEWATER TERMINALS', 'United States', 'Baltimore', 'MD', '21224', null, null, null, null, 'purchased list'),
  ('Alameda Chandlery', 'USA', 'Alameda', 'Calif.', '94501', null, null, null, 1988, 'purchased list'),
  ('Lone Star Rigging', 'United States', 'Galveston', 'Texass', '77550', null, null, null, 1996, 'purchased list'),
  ('Empire Cordage', null, 'New York', 'NY', '90210', null, null, null, 2004, 'purchased list'),
  ('Gulf Divers', 'United States', 'Houston', 'TX', '7703', 'gulfdivers dot com', '12345', 'gulf.divers.example.com', 20011, 'business card'),
  ('Pier Nine Coffee', 'US', 'Boston', 'MA', '02210', 'piernine.example.com', null, ' HELLO@PierNine.Example.COM ', 2015, 'referral'),
  ('Salt & Tide', 'Canada', 'Halifax', null, 'B3J 1S9', null, null, null, 2011, 'sync:erp')
) as v(name, country, city, state, postal_code, website, phone, email, founded_year, source)
join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;

insert into public.contacts (id, org_id, account_id, account_name, first_name, last_name, email, phone, city, state, postal_code, country, owner_name, source)
select md5('contact ' || v.last_name)::uuid, o.id, a.id, v.account, v.first_name, v.last_name, v.email, v.phone, v.city, v.state, v.postal_code, v.country, 'Sam Ortiz', v.source
from (values
  ('Bluewater Terminals', 'M.', 'Lindquist', 'marta.lindqvist@bluewater.example.com', null, null, null, null, null, 'purchased list'),
  ('Northgate Marine', 'Miguel', 'Santos', 'miguel.santos@northgate.example.com', null, 'Miami', 'FLA', '33101', 'United States', 'business card'),
  ('Northgate Marine', 'Beth', 'Kowalski', null, '617-555-0199', 'Worcester', 'Massachusets', '01608', 'USA', 'business card'),
  ('Castellan Foods', 'Omar', 'Haddad', 'omar.haddad@castellan.example.com', null, 'Newark', 'NJ', '10001', 'United States', 'purchased list'),
  ('Castellan Foods', 'Greta', 'Blom', 'greta.blom@castellan.example.com', '97', 'Newark', 'NJ', '0711', 'United States', 'web form'),
  ('Aurora Cold Storage', 'Luc', 'Tremblay', 'luc.tremblay@aurora.example.com', null, null, null, null, 'Canada', 'sync:erp')
) as v(account, first_name, last_name, email, phone, city, state, postal_code, country, source)
join public.organizations o on o.name = 'Harbor Lane Supply'
left join public.accounts a on a.org_id = o.id and a.name = v.account
on conflict (id) do nothing;

insert into public.leads (id, org_id, first_name, last_name, company, email, phone, city, state, postal_code, country, status, source, owner_name, created_at)
select md5('lead ' || v.last_name)::uuid, o.id, v.first_name, v.last_name, v.company, v.email, v.phone, v.city, v.state, v.postal_code, v.country, v.status, v.source, 'Sam Ortiz',
       now() - v.days * interval '1 day'
from (values
  ('L.', 'OConnor', 'Emerald Freight Ltd', 'Liam@Emerald.example.com', null, null, null, null, 'Ireland', 'working', 'web form', 3),
  ('Rosa', 'Delgado', 'Delgado Marine', 'rosa@delgado.example.com', null, 'Tampa', 'Fla.', '33602', 'USA', 'working', 'trade fair', 9),
  ('Hank', 'Ostrow', 'Ostrow Hauling', 'hank@ostrow.example.com', null, 'Erie', 'Pensylvania', '16501', 'United States', 'working', 'trade fair', 9),
  ('Willa', 'Chase', 'Chase Docks', 'willa@chase.example.com', null, 'Portland', 'OR', '04101', 'United States', 'working', 'purchased list', 12),
  ('Bo', 'Larsen', 'Larsen Ropes', 'bo@larsen.example.com', '555', 'Duluth', 'MN', '5580', 'United States', 'working', 'purchased list', 12),
  ('Ivy', 'Marsh', 'Marsh Rentals', 'ivy@marsh.example.com', null, null, null, null, null, 'new', 'web form', 75),
  ('Kofi', 'Mensah', 'Mensah Imports', 'kofi@mensah.example.com', null, null, null, null, 'Ghana', 'working', 'sync:webshop', 4)
) as v(first_name, last_name, company, email, phone, city, state, postal_code, country, status, source, days)
join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;

-- More deals: stages, dates, amounts and owners that cannot be as they are written.

insert into public.deals
  (id, org_id, name, account_id, contact_id, pipeline_id, stage_id, stage_name, status, amount, currency, probability, opened_on, expected_close_on, closed_on, owner_name, source)
select md5('deal ' || v.name)::uuid, o.id, v.name, a.id, c.id, l.id, s.id, v.stage, v.status, v.amount, v.currency, v.probability,
       v.opened_on::date, current_date + v.expected, current_date + v.closed, v.owner_name, v.source
from (values
  ('Gulf: nets', 'Gulf Divers', null, 'Negotiaton', 'open', 4200, 'USD', null, null, 30, null, 'Riley Chen', 'import'),
  ('Pier Nine: lift', 'Pier Nine Coffee', null, 'Won', 'open', 12900, 'USD', null, null, 20, null, 'Riley Chen', 'import'),
  ('Alameda: crane', 'Alameda Chandlery', null, 'Lost', 'lost', 184000, 'USD', 40, null, -20, -15, 'Riley Chen', 'import'),
  ('Empire: rope', 'Empire Cordage', null, 'Offer', 'open', 620, 'USD', null, null, -10, null, 'Riley Chen', 'web form'),
  ('Lone Star: crane', 'Lone Star Rigging', null, 'Won', 'won', 251500, 'USD', 100, null, null, 30, 'Riley Chen', 'import'),
  ('Salt & Tide: service', 'Salt & Tide', null, 'Offer', 'open', 4200, 'USD', null, '1899-12-30', 45, null, 'Riley Chen', 'import'),
  ('Castellan: nets', 'Castellan Foods', null, 'Offer', 'open', 4105550142, 'USD', null, null, 15, null, 'Riley Chen', 'import'),
  ('Aurora: lift', 'Aurora Cold Storage', null, 'Offer', 'open', 12900, 'EUD', null, null, 15, null, 'Riley Chen', 'import'),
  ('Tidewater: rope', 'Tidewater Shipyard', null, 'Offer', 'open', 930, 'USD', null, null, 25, null, 'Riley Chan', 'import'),
  ('Golden Gate: nets', 'Golden Gate Imports', null, 'Qualified', 'open', 480, 'USD', null, null, 35, null, null, 'web form'),
  ('Northgate: service', 'Northgate Marine', 'Blom', 'Offer', 'open', 4200, 'USD', null, null, 50, null, 'Riley Chen', 'referral'),
  ('Bluewater: spare parts', 'Bluewater Terminals', null, 'Offer', 'open', 900, 'USD', null, null, 55, null, 'Riley Chen', 'sync:erp')
) as v(name, account, contact, stage, status, amount, currency, probability, opened_on, expected, closed, owner_name, source)
join public.organizations o on o.name = 'Harbor Lane Supply'
join public.pipelines l on l.org_id = o.id and l.name = 'New business'
left join public.pipeline_stages s on s.org_id = o.id and s.pipeline_id = l.id and s.name = v.stage
left join public.accounts a on a.org_id = o.id and a.name = v.account
left join public.contacts c on c.org_id = o.id and c.last_name = v.contact
on conflict (id) do nothing;

insert into public.tasks (id, org_id, title, status, due_on, owner_name)
select md5('task ' || v.title)::uuid, o.id, v.title, v.status, current_date + v.due, v.owner_name
from (values ('Order brochures', 'open', 10, null), ('Renew the fair''s booth', 'open', -20, 'Sam Ortiz')) as v(title, status, due, owner_name)
join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;

insert into public.pipeline_totals (id, org_id, pipeline_id, as_of, currency, deal_count, total_amount, source)
select md5('total ' || l.id::text)::uuid, l.org_id, l.id, current_date - 1, 'USD', 9, 330000, 'Monday''s forecast'
from public.pipelines l join public.organizations o on o.id = l.org_id and o.name = 'Harbor Lane Supply' where l.name = 'New business'
on conflict (id) do nothing;

-- Dockside Benefits, which Harbor Lane runs for the crews of its port: plans, members, coverages.

insert into public.plans (id, org_id, name, code, kind, monthly_price, currency, is_active, starts_on, ends_on)
select md5('plan ' || v.name)::uuid, o.id, v.name, v.code, v.kind, v.price, v.currency, v.is_active, v.starts_on::date, v.ends_on::date
from (values
  ('Dockside Basic', 'DOCK-B', 'medical', 210.00, 'USD', true, '2020-01-01', null),
  ('Dockside Plus', 'DOCK-P', 'medical', 345.50, 'USD', true, '2020-01-01', null),
  ('Crew Care 2015', 'CREW-15', 'medical', 180.00, 'USD', true, '2015-01-01', '2019-12-31'),
  ('Dental Abroad', 'DENT-A', 'dental', 25.00, 'EUD', true, '2022-01-01', null)
) as v(name, code, kind, price, currency, is_active, starts_on, ends_on) join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;

insert into public.members
  (id, org_id, member_number, subscriber_id, relationship, first_name, last_name, birth_date, email, phone, city, state, postal_code, country, status,
   joined_on, terminated_on, source)
select md5('member ' || v.key)::uuid, o.id, v.number, md5('member ' || v.subscriber)::uuid, v.relationship, v.first_name, v.last_name, v.birth_date::date, v.email, v.phone,
       v.city, v.state, v.postal_code, v.country, v.status, current_date + v.joined, current_date + v.terminated, v.source
from (values
  ('ana', 'M-1001', null, 'subscriber', 'Ana', 'Silva', '1984-03-11', 'ana.silva@crew.example.com', '+14105550101', 'Baltimore', 'MD', '21224', 'US', 'active', -800, null, null),
  ('rui', 'M-1002', 'ana', 'spouse', 'Rui', 'Silva', '1982-07-30', 'ana.silva@crew.example.com', null, 'Baltimore', 'MD', '21224', 'US', 'active', -800, null, null),
  ('tom', 'M-1003', null, 'subscriber', 'Tom', 'Reed', '1990-01-05', 'tom.reed@crew.example.com', '(410) 555-0151', 'Baltimore', 'MD', '21230', 'US', 'active', -300, null, null),
  ('lena', 'M-1004', null, 'subscriber', 'Lena', 'Roth', '1975-09-09', null, null, null, null, null, null, 'terminated', -900, null, null),
  ('ivo', 'M-1005', null, 'subscriber', 'Ivo', 'Brandt', '1969-12-01', null, null, null, null, null, null, 'terminated', -100, -400, null),
  ('mia', 'M-1006', 'ana', 'child', 'Mia', 'Silva', '2091-05-20', null, null, null, null, null, null, 'active', -700, null, null),
  ('leo', 'M-1007', null, 'child', 'Leo', 'Park', '2012-02-02', null, null, null, null, null, null, 'active', -200, null, null),
  ('eva', 'M-1008', 'rui', 'child', 'Eva', 'Silva', '2015-06-06', null, null, null, null, null, null, 'active', -200, null, null),
  ('bill', 'M-1009', null, 'subscriber', 'Bill', 'Nash', '1971-03-03', 'office@tugboats.example.com', null, null, null, null, null, 'active', -500, null, null),
  ('carl', 'M-1010', null, 'subscriber', 'Carl', 'Voss', '1966-04-04', 'office@tugboats.example.com', null, null, null, null, null, 'active', -500, null, null),
  ('jack', 'M-1011', null, 'subscriber', 'Jack', 'Ames', '1979-04-02', null, null, null, null, null, null, 'active', -600, null, null),
  ('jack2', 'M-2011', null, 'subscriber', 'JACK', 'AMES', '1979-04-02', null, null, null, null, null, null, 'pending', -10, null, 'eligibility file'),
  ('nora', null, null, 'subscriber', 'Nora', 'Quist', '1988-08-08', 'nora.example.com', null, null, null, null, 'Candada', 'suspended', -400, null, null),
  ('olga', ' M-1014 ', null, 'subscriber', '  olga ', 'OLSEN', '1993-10-10', ' OLGA@Crew.Example.com', null, 'Tampa', 'FLA', '33602', 'USA', 'pending', -5, null, 'web form'),
  ('pete', 'M-1015', null, 'subscriber', 'Pete', 'Lowry', '1980-11-11', null, '555', 'Annapolis', 'Marylnd', '214', 'US', 'pending', -5, null, 'web form'),
  ('quin', 'M-1016', null, 'subscriber', 'Quin', 'Abbot', '1981-01-21', null, null, 'Norfolk', 'VA', '21224', 'US', 'pending', -5, null, 'web form'),
  ('rita', 'M-1017', null, 'subscriber', 'Rita', 'Gomez', '1977-07-17', null, null, null, null, null, null, 'pending', -5, null, 'sync:carrier')
) as v(key, number, subscriber, relationship, first_name, last_name, birth_date, email, phone, city, state, postal_code, country, status, joined, terminated, source)
join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;

-- Coverages: Tom has none, Lena's runs on, Carl's ended and counts as active, Jack's began after its plan, Leo's begins in another century.

insert into public.coverages (id, org_id, member_id, plan_id, starts_on, ends_on, status)
select md5('coverage ' || v.member)::uuid, o.id, md5('member ' || v.member)::uuid, md5('plan ' || v.plan)::uuid, coalesce(v.starts_on::date, current_date + v.starts), current_date + v.ends, v.status
from (values
  ('ana', 'Dockside Plus', null, -800, null, 'active'), ('rui', 'Dockside Plus', null, -800, null, 'active'),
  ('mia', 'Dockside Plus', null, -700, null, 'active'), ('eva', 'Dockside Plus', null, -200, null, 'active'),
  ('lena', 'Dockside Basic', null, -900, null, 'active'), ('bill', 'Dockside Basic', null, -500, null, 'active'),
  ('carl', 'Dockside Basic', null, -500, -20, 'active'), ('jack', 'Crew Care 2015', null, -600, null, 'active'),
  ('leo', 'Dockside Basic', '2206-01-01', null, null, 'pending')
) as v(member, plan, starts_on, starts, ends, status) join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;

-- Eligibility files: one that has not come, one that came short, one that came twice; lines that cannot be.

insert into public.eligibility_files (id, org_id, source, name, kind, as_of, expected_on, received_at, expected_count, received_count, checksum, status)
select md5('file ' || v.name)::uuid, o.id, 'Portside Health', v.name, 'full', current_date + v.as_of, current_date + v.expected, now() + v.received * interval '1 day',
       v.announced, v.came, v.checksum, v.status
from (values
  ('this month', 0, -3, null, null, null, null, 'expected'),
  ('last month', -30, -30, -30, 12, 6, '9f2c', 'complete'),
  ('the month before', -60, -60, -60, 17, 17, '41ab', 'complete'),
  ('the month before, again', -60, -59, -59, 17, 17, '41ab', 'received')
) as v(name, as_of, expected, received, announced, came, checksum, status) join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;

insert into public.eligibility_records
  (id, org_id, file_id, line_number, member_number, subscriber_number, relationship, first_name, last_name, birth_date, plan_code, starts_on, ends_on, member_id)
select md5('line ' || v.line)::uuid, o.id, md5('file last month')::uuid, v.line, v.number, v.subscriber, v.relationship, v.first_name, v.last_name, v.birth_date::date, v.plan_code,
       current_date + v.starts, current_date + v.ends, md5('member ' || v.member)::uuid
from (values
  (1, 'M-1001', null, 'subscriber', 'Ana', 'Silva', '1984-03-11', 'DOCK-P', -800, null, 'ana'),
  (2, '  ', null, 'subscriber', 'Rui', 'Silva', '1982-07-30', 'DOCK-P', -800, null, 'rui'),
  (3, 'M-7777', null, 'subscriber', 'Zoe', 'Unger', '1995-05-05', 'DOCK-B', -30, null, null),
  (4, 'M-1009', null, 'subscriber', 'Bill', 'Nash', '1871-03-03', 'DOCKB', -500, null, 'bill'),
  (5, 'M-1010', null, 'subscriber', 'Carl', 'Voss', '1966-04-04', 'DOCK-B', -20, -500, 'carl'),
  (6, 'M-1007', null, 'child', 'Leo', 'Park', '2012-02-02', 'DOCK-B', -200, null, 'leo')
) as v(line, number, subscriber, relationship, first_name, last_name, birth_date, plan_code, starts, ends, member)
join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;

-- Billing: invoices that nobody pays, that are paid by nobody, and payments of nothing.

insert into public.billing_processors (id, org_id, name, kind)
select md5('processor ' || v.name)::uuid, o.id, v.name, v.kind
from (values ('Cardinal Pay', 'card'), ('Harbor Bank', 'bank')) as v(name, kind) join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;

insert into public.bank_accounts (id, org_id, member_id, holder_name, bank_name, account_fingerprint, last_four, country)
select md5('bank ' || v.member)::uuid, o.id, md5('member ' || v.member)::uuid, v.holder, 'Harbor Bank', v.fingerprint, v.last_four, 'US'
from (values ('ana', 'Ana Silva', 'fp-71c2', '4410'), ('bill', 'Tugboat Office', 'fp-0b9d', '9921'), ('carl', 'Tugboat Office', 'fp-0b9d', '9921')) as v(member, holder, fingerprint, last_four)
join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;

insert into public.invoices (id, org_id, number, member_id, status, currency, total_amount, issued_on, due_on, paid_on, period_starts_on, period_ends_on)
select md5('invoice ' || v.number)::uuid, o.id, v.number, md5('member ' || v.member)::uuid, v.status, v.currency, v.total,
       coalesce(v.issued_on::date, current_date + v.issued), case when v.issued_on is null then current_date + v.issued + 30 end, current_date + v.paid,
       current_date + v.issued, current_date + v.issued + 29
from (values
  (1001, 'ana', 'paid', 'USD', 691.00, null, -60, -40), (1002, null, 'open', 'USD', 210.00, null, -20, null), (1003, 'bill', 'open', 'USD', 210.00, null, -15, null),
  (1004, 'carl', 'paid', 'USD', 210.00, null, -45, -30), (1005, 'bill', 'paid', 'USD', 210.00, null, -75, null), (1006, 'lena', 'open', 'USD', 210.00, null, -150, null),
  (1007, 'jack', 'draft', 'USX', 180.00, null, -10, null), (1008, 'ana', 'draft', 'USD', 691.00, '0206-01-01', null, null)
) as v(number, member, status, currency, total, issued_on, issued, paid) join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;

insert into public.invoice_lines (id, org_id, invoice_id, position, description, member_id, plan_id, quantity, unit_price, amount)
select md5('invoice line ' || v.invoice || ' ' || v.position)::uuid, o.id, md5('invoice ' || v.invoice)::uuid, v.position, v.plan, md5('member ' || v.member)::uuid, md5('plan ' || v.plan)::uuid, 1, v.price, v.price
from (values
  (1001, 1, 'ana', 'Dockside Plus', 345.50), (1001, 2, 'rui', 'Dockside Plus', 345.50), (1002, 1, 'tom', 'Dockside Basic', 210.00), (1004, 1, 'carl', 'Dockside Basic', 210.00),
  (1005, 1, 'bill', 'Dockside Basic', 210.00), (1006, 1, 'lena', 'Dockside Basic', 210.00), (1007, 1, 'jack', 'Crew Care 2015', 180.00), (1008, 1, 'ana', 'Dockside Plus', 691.00)
) as v(invoice, position, member, plan, price) join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;

insert into public.payments
  (id, org_id, invoice_id, member_id, processor_id, kind, status, refunds_payment_id, amount, currency, processed_on, processor_reference, created_at)
select md5('payment ' || v.key)::uuid, o.id, md5('invoice ' || v.invoice)::uuid, md5('member ' || v.member)::uuid, md5('processor Cardinal Pay')::uuid, v.kind, v.status,
       md5('payment ' || v.refunds)::uuid, v.amount, v.currency, current_date + v.processed, v.key, now() + v.made * interval '1 day'
from (values
  ('cp-1', 1001, 'ana', 'payment', 'settled', null, 691.00, 'USD', -40, -41), ('cp-2', 1005, 'bill', 'payment', 'settled', null, 210.00, 'USD', -60, -61),
  ('cp-3', 1005, 'bill', 'payment', 'settled', null, 210.00, 'USD', -60, -61), ('cp-4', 1004, 'carl', 'payment', 'declined', null, 210.00, 'USD', -30, -30),
  ('cp-5', null, 'tom', 'payment', 'settled', null, 210.00, 'USD', -12, -12), ('cp-6', 1003, 'bill', 'payment', 'pending', null, 210.00, 'EUR', null, -25),
  ('cp-7', 1006, 'lena', 'payment', 'settled', null, 10.00, 'USD', null, -8), ('cp-8', 1006, 'lena', 'payment', 'settled', null, 15.00, 'USD', 200, -7),
  ('cp-9', null, 'ana', 'refund', 'settled', null, 25.00, 'USD', -6, -6), ('cp-10', 1005, 'bill', 'refund', 'settled', 'cp-2', 420.00, 'USD', -5, -5)
) as v(key, invoice, member, kind, status, refunds, amount, currency, processed, made) join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;

insert into public.processor_settlements (id, org_id, processor_id, settled_on, currency, payment_count, payment_amount, fee_amount)
select md5('settlement ' || v.day)::uuid, o.id, md5('processor Cardinal Pay')::uuid, current_date + v.day, 'USD', v.payments, v.amount, v.fee
from (values (-40, 1, 691.00, 20.34), (-60, 2, 420.00, 12.78), (-12, 1, 200.00, 6.10)) as v(day, payments, amount, fee)
join public.organizations o on o.name = 'Harbor Lane Supply'
on conflict (id) do nothing;
