-- What: two fictional organizations with the usual mess: enough to see each shipped issue and fix rule at work.
-- Why: a first look at the product should not begin with an empty screen. Run as postgres, once, on a fresh database.
-- Breaks a running client: no. Nobody in here exists: example.com addresses, numbers that are reserved for fiction.

-- The demo users: accounts in auth.users with these ids get these roles (local/ makes them; on a project of your own, sign up and
-- put your id in their place).
insert into public.organizations (id, name, time_zone, default_country, default_currency) values
  ('00000000-0000-4000-8000-00000000a000', 'Harbor Lane Supply', 'America/New_York', 'US', 'USD'),
  ('00000000-0000-4000-8000-00000000b000', 'Kestrel Analytics', 'Europe/London', 'GB', 'GBP');

insert into governance.memberships (user_id, org_id, role) values
  ('00000000-0000-4000-8000-00000000a001', '00000000-0000-4000-8000-00000000a000', 'viewer'),   -- viewer@harbor-lane.example.com
  ('00000000-0000-4000-8000-00000000a002', '00000000-0000-4000-8000-00000000a000', 'member'),   -- rep@harbor-lane.example.com
  ('00000000-0000-4000-8000-00000000a003', '00000000-0000-4000-8000-00000000a000', 'steward'),  -- steward@harbor-lane.example.com
  ('00000000-0000-4000-8000-00000000a004', '00000000-0000-4000-8000-00000000a000', 'admin'),    -- admin@harbor-lane.example.com
  ('00000000-0000-4000-8000-00000000b002', '00000000-0000-4000-8000-00000000b000', 'member'),   -- rep@kestrel.example.com
  ('00000000-0000-4000-8000-00000000b004', '00000000-0000-4000-8000-00000000b000', 'admin');    -- admin@kestrel.example.com

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
) as v(org, name, sku, family, list_price) join public.organizations o on o.name = v.org;

insert into public.pipelines (org_id, name, is_default)
select o.id, v.name, v.is_default
from (values ('Harbor Lane Supply', 'New business', true), ('Harbor Lane Supply', 'Renewals', false), ('Kestrel Analytics', 'Sales', true))
  as v(org, name, is_default) join public.organizations o on o.name = v.org;

insert into public.pipeline_stages (org_id, pipeline_id, name, position, outcome)
select p.org_id, p.id, v.name, v.position, v.outcome
from (values
  ('New business', 'Qualified', 1, 'open'), ('New business', 'Offer', 2, 'open'), ('New business', 'Negotiation', 3, 'open'),
  ('New business', 'Won', 4, 'won'), ('New business', 'Lost', 5, 'lost'),
  ('Renewals', 'Due', 1, 'open'), ('Renewals', 'Offer', 2, 'open'), ('Renewals', 'Renewed', 3, 'won'), ('Renewals', 'Ended', 4, 'lost'),
  ('Sales', 'Trial', 1, 'open'), ('Sales', 'Contract', 2, 'open'), ('Sales', 'Won', 3, 'won'), ('Sales', 'Lost', 4, 'lost')
) as v(pipeline, name, position, outcome) join public.pipelines p on p.name = v.pipeline;

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
join public.organizations o on o.name = v.org;

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
left join public.accounts a on a.org_id = o.id and a.name = v.account;

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
join public.organizations o on o.name = v.org;

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
left join public.products p on p.org_id = o.id and p.name = v.product;

insert into public.tasks (org_id, title, description, status, due_on, account_id, deal_id, owner_user_id, owner_name)
select d.org_id, v.title, v.description, v.status, current_date + v.due, d.account_id, d.id, d.owner_user_id, d.owner_name
from (values
  ('Northgate: lifts', 'Send the revised offer', 'They want delivery in one piece.', 'open', 2),
  ('Bluewater: nets for 2027', 'Ask for the quantity', null, 'open', 5),
  ('Lift for the new hall', 'Find out who called', 'No name on the note.', 'open', 1),
  ('Aurora: service plan', 'Send the contract', null, 'done', -18),
  ('Lakeland: studio', 'Call Owen about the trial', null, 'open', 3)
) as v(deal, title, description, status, due) join public.deals d on d.name = v.deal;
