-- What: the rules that ship, instance-wide.
-- Why: a CRM keeps itself clean from the first minute; an organization overrides any of them in a row of its own.
-- Breaks a running client: no.

-- Block only where nobody could ever act on the record; everything else is let in and becomes an issue or is corrected.
-- No rule knows a data set: each must hold of any organization's leads, contacts, accounts and deals.

insert into governance.data_quality_rules
  (rule_key, entity_type, dimension, severity, enforcement, timing, status, due_in, message, description, applies_when, condition, fix)
values

-- Block: a record that says nothing of whom or what it is about.

('lead-identifies-someone', 'lead', 'completeness', 'critical', 'block', 'write', 'active', null,
 'A lead needs at least a name, a company, an e-mail address or a phone number.',
 'Without any of these nobody can ever act on the lead, and nobody can find out whose it was.',
 null, '{"combinator": "or", "rules": [
   {"field": "first_name", "operator": "isFilled"}, {"field": "last_name", "operator": "isFilled"},
   {"field": "company", "operator": "isFilled"}, {"field": "email", "operator": "isFilled"}, {"field": "phone", "operator": "isFilled"}]}', null),

('contact-identifies-someone', 'contact', 'completeness', 'critical', 'block', 'write', 'active', null,
 'A contact needs at least a name, an e-mail address or a phone number.',
 'A contact without any of these is nobody.',
 null, '{"combinator": "or", "rules": [
   {"field": "first_name", "operator": "isFilled"}, {"field": "last_name", "operator": "isFilled"},
   {"field": "email", "operator": "isFilled"}, {"field": "phone", "operator": "isFilled"}]}', null),

('account-identifies-a-company', 'account', 'completeness', 'critical', 'block', 'write', 'active', null,
 'An account needs at least a name, a website, an e-mail address, a phone number or its key in another system.',
 'An account without any of these is no company that anybody could name.',
 null, '{"combinator": "or", "rules": [
   {"field": "name", "operator": "isFilled"}, {"field": "website", "operator": "isFilled"}, {"field": "email", "operator": "isFilled"},
   {"field": "phone", "operator": "isFilled"}, {"field": "external_id", "operator": "isFilled"}]}', null),

('deal-is-about-something', 'deal', 'completeness', 'critical', 'block', 'write', 'active', null,
 'A deal needs at least a name, an account, a contact, a product or its key in another system.',
 'A deal without any of these says neither what is sold nor to whom.',
 null, '{"combinator": "or", "rules": [
   {"field": "name", "operator": "isFilled"}, {"field": "external_id", "operator": "isFilled"},
   {"field": "account_id", "operator": "notNull"}, {"field": "account_name", "operator": "isFilled"}, {"field": "contact_id", "operator": "notNull"},
   {"field": "product_id", "operator": "notNull"}, {"field": "product_name", "operator": "isFilled"}]}', null),

-- Issue: deals.

('deal-needs-account-or-contact', 'deal', 'completeness', 'high', 'issue', 'async', 'active', '7 days',
 'This deal names neither an account nor a contact: nobody can tell who the customer is.',
 'A deal belongs to a customer. Link an account or a contact, or write the account''s name until it can be linked.',
 null, '{"combinator": "or", "rules": [
   {"field": "account_id", "operator": "notNull"}, {"field": "account_name", "operator": "isFilled"}, {"field": "contact_id", "operator": "notNull"}]}', null),

('deal-product-in-catalogue', 'deal', 'validity', 'medium', 'issue', 'async', 'active', '14 days',
 'The product "{product_name}" is not in the catalogue.',
 'A deal without a linked product must at least name one that the organization sells; reports by product leave it out otherwise. The nearest name in the catalogue is suggested.',
 '{"combinator": "and", "rules": [{"field": "product_id", "operator": "null"}, {"field": "product_name", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "product_name", "operator": "inReference", "value": "products"}]}',
 '[{"step": "nearest", "field": "product_name", "in": "products"}]'),

('won-deal-has-amount', 'deal', 'completeness', 'high', 'issue', 'async', 'active', '3 days',
 'This deal is won but has no amount above zero.',
 'A won deal brought in something: without its amount revenue is wrong. Lost and open deals may have none.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "won"}]}',
 '{"combinator": "and", "rules": [{"field": "amount", "operator": "notNull"}, {"field": "amount", "operator": ">", "value": "0"}]}', null),

('closed-deal-has-close-date', 'deal', 'completeness', 'high', 'issue', 'async', 'active', '7 days',
 'This deal is {status} but does not say when.',
 'A deal that is won or lost was closed on some day: without it the deal is in no quarter''s figures. An open deal has none yet.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "in", "value": ["won", "lost"]}]}',
 '{"combinator": "and", "rules": [{"field": "closed_on", "operator": "notNull"}]}', null),

('deal-dates-in-order', 'deal', 'consistency', 'medium', 'issue', 'async', 'active', '14 days',
 'This deal was closed on {closed_on}, before it was opened on {opened_on}.',
 'A deal cannot end before it begins: one of the two dates is wrong.',
 null, '{"combinator": "and", "rules": [{"field": "opened_on", "operator": "<=", "valueSource": "field", "value": "closed_on"}]}', null),

-- Issue: accounts, contacts, leads.

('account-has-name', 'account', 'completeness', 'high', 'issue', 'async', 'active', '7 days',
 'This account has no name.',
 'People look for companies by name; an account without one is found by nobody.',
 null, '{"combinator": "and", "rules": [{"field": "name", "operator": "isFilled"}]}', null),

('account-industry-known', 'account', 'validity', 'low', 'issue', 'async', 'active', '30 days',
 'The industry "{industry}" is not known.',
 'Reports by industry count each spelling apart. The nearest known industry is suggested; an organization may add industries of its own.',
 '{"combinator": "and", "rules": [{"field": "industry", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "industry", "operator": "inReference", "value": "industries"}]}',
 '[{"step": "nearest", "field": "industry", "in": "industries"}]'),

('account-country-known', 'account', 'validity', 'medium', 'issue', 'async', 'active', '14 days',
 'The country "{country}" is not known.',
 'A country that nobody can read goes to no territory and on no map. Names, usual short forms and ISO codes are all known; the nearest is suggested.',
 '{"combinator": "and", "rules": [{"field": "country", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "country", "operator": "inReference", "value": "countries"}]}',
 '[{"step": "nearest", "field": "country", "in": "countries"}]'),

('account-founded-year-plausible', 'account', 'accuracy', 'low', 'issue', 'async', 'active', '30 days',
 'A company cannot have been founded in the year {founded_year}.',
 'A year has four digits; one with fewer or more is a slip of the hand or a date that went wrong on its way.',
 null, '{"combinator": "and", "rules": [{"field": "founded_year", "operator": "between", "value": ["1000", "2199"]}]}', null),

('contact-country-known', 'contact', 'validity', 'low', 'issue', 'async', 'active', '30 days',
 'The country "{country}" is not known.',
 'A country that nobody can read goes to no territory and on no map. Names, usual short forms and ISO codes are all known; the nearest is suggested.',
 '{"combinator": "and", "rules": [{"field": "country", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "country", "operator": "inReference", "value": "countries"}]}',
 '[{"step": "nearest", "field": "country", "in": "countries"}]'),

('contact-email-looks-valid', 'contact', 'validity', 'medium', 'issue', 'async', 'active', '14 days',
 '"{email}" cannot be an e-mail address.',
 'An address needs one @, something before it and a domain with a dot behind it, without blanks.',
 '{"combinator": "and", "rules": [{"field": "email", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "email", "operator": "matches", "label": "an e-mail address",
   "value": "^\\s*[^\\s@.,;:<>()\"]+(\\.[^\\s@.,;:<>()\"]+)*@([^\\s@.,;:<>()\"/_\\-]([^\\s@.,;:<>()\"/_]*[^\\s@.,;:<>()\"/_\\-])?\\.)+[^\\s@.,;:<>()\"/_\\-0-9]([^\\s@.,;:<>()\"/_]*[^\\s@.,;:<>()\"/_\\-])\\s*$"}]}', null),

('lead-can-be-reached', 'lead', 'completeness', 'medium', 'issue', 'async', 'active', '14 days',
 'This lead has neither an e-mail address nor a phone number.',
 'Nobody can follow up a lead that cannot be reached.',
 null, '{"combinator": "or", "rules": [{"field": "email", "operator": "isFilled"}, {"field": "phone", "operator": "isFilled"}]}', null),

('lead-country-known', 'lead', 'validity', 'low', 'issue', 'async', 'active', '30 days',
 'The country "{country}" is not known.',
 'A country that nobody can read goes to no territory and on no map. Names, usual short forms and ISO codes are all known; the nearest is suggested.',
 '{"combinator": "and", "rules": [{"field": "country", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "country", "operator": "inReference", "value": "countries"}]}',
 '[{"step": "nearest", "field": "country", "in": "countries"}]'),

('lead-email-looks-valid', 'lead', 'validity', 'medium', 'issue', 'async', 'active', '7 days',
 '"{email}" cannot be an e-mail address.',
 'An address needs one @, something before it and a domain with a dot behind it, without blanks.',
 '{"combinator": "and", "rules": [{"field": "email", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "email", "operator": "matches", "label": "an e-mail address",
   "value": "^\\s*[^\\s@.,;:<>()\"]+(\\.[^\\s@.,;:<>()\"]+)*@([^\\s@.,;:<>()\"/_\\-]([^\\s@.,;:<>()\"/_]*[^\\s@.,;:<>()\"/_\\-])?\\.)+[^\\s@.,;:<>()\"/_\\-0-9]([^\\s@.,;:<>()\"/_]*[^\\s@.,;:<>()\"/_\\-])\\s*$"}]}', null),

-- Fix: the same value, written as everybody expects. Where a normalizer is not sure it leaves the value alone.

('lead-text-is-tidy', 'lead', 'validity', 'low', 'fix', 'async', 'active', null,
 'Blanks around and inside the texts of this lead are tidied.',
 'Leading, trailing and doubled blanks go; a text of nothing but blanks becomes empty.',
 null, null, '[
   {"step": "normalize", "field": "first_name", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "first_name", "using": "blank_to_null"},
   {"step": "normalize", "field": "last_name", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "last_name", "using": "blank_to_null"},
   {"step": "normalize", "field": "company", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "company", "using": "blank_to_null"},
   {"step": "normalize", "field": "title", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "title", "using": "blank_to_null"},
   {"step": "normalize", "field": "country", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "country", "using": "blank_to_null"}]'),

('lead-name-has-capitals', 'lead', 'consistency', 'low', 'fix', 'async', 'active', null,
 'The name of this lead is written with capitals where they belong.',
 'A name all in small or all in capital letters is written as people write it; a name with mixed letters was meant so and stays.',
 null, null, '[
   {"step": "normalize", "field": "first_name", "using": "title_case_name"}, {"step": "normalize", "field": "last_name", "using": "title_case_name"}]'),

('lead-email-is-normalised', 'lead', 'validity', 'low', 'fix', 'async', 'active', null,
 'The e-mail address "{email}" is written in its usual form.',
 'No blanks around it, all in small letters: two spellings of one address become one. What is no address stays as it is.',
 '{"combinator": "and", "rules": [{"field": "email", "operator": "notNull"}]}', null,
 '[{"step": "normalize", "field": "email", "using": "email"}, {"step": "normalize", "field": "email", "using": "blank_to_null"}]'),

('lead-phone-is-e164', 'lead', 'validity', 'low', 'fix', 'async', 'active', null,
 'The phone number "{phone}" is written in international form.',
 'A valid number becomes +country and digits, read in the organization''s country; what is not surely a number stays as it is.',
 '{"combinator": "and", "rules": [{"field": "phone", "operator": "notNull"}]}', null,
 '[{"step": "normalize", "field": "phone", "using": "phone_e164"}, {"step": "normalize", "field": "phone", "using": "blank_to_null"}]'),

('contact-text-is-tidy', 'contact', 'validity', 'low', 'fix', 'async', 'active', null,
 'Blanks around and inside the texts of this contact are tidied.',
 'Leading, trailing and doubled blanks go; a text of nothing but blanks becomes empty.',
 null, null, '[
   {"step": "normalize", "field": "first_name", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "first_name", "using": "blank_to_null"},
   {"step": "normalize", "field": "last_name", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "last_name", "using": "blank_to_null"},
   {"step": "normalize", "field": "account_name", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "account_name", "using": "blank_to_null"},
   {"step": "normalize", "field": "title", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "title", "using": "blank_to_null"},
   {"step": "normalize", "field": "country", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "country", "using": "blank_to_null"}]'),

('contact-name-has-capitals', 'contact', 'consistency', 'low', 'fix', 'async', 'active', null,
 'The name of this contact is written with capitals where they belong.',
 'A name all in small or all in capital letters is written as people write it; a name with mixed letters was meant so and stays.',
 null, null, '[
   {"step": "normalize", "field": "first_name", "using": "title_case_name"}, {"step": "normalize", "field": "last_name", "using": "title_case_name"}]'),

('contact-email-is-normalised', 'contact', 'validity', 'low', 'fix', 'async', 'active', null,
 'The e-mail address "{email}" is written in its usual form.',
 'No blanks around it, all in small letters: two spellings of one address become one. What is no address stays as it is.',
 '{"combinator": "and", "rules": [{"field": "email", "operator": "notNull"}]}', null,
 '[{"step": "normalize", "field": "email", "using": "email"}, {"step": "normalize", "field": "email", "using": "blank_to_null"}]'),

('contact-phone-is-e164', 'contact', 'validity', 'low', 'fix', 'async', 'active', null,
 'The phone number "{phone}" is written in international form.',
 'A valid number becomes +country and digits, read in the organization''s country; what is not surely a number stays as it is.',
 '{"combinator": "and", "rules": [{"field": "phone", "operator": "notNull"}]}', null,
 '[{"step": "normalize", "field": "phone", "using": "phone_e164"}, {"step": "normalize", "field": "phone", "using": "blank_to_null"}]'),

('account-text-is-tidy', 'account', 'validity', 'low', 'fix', 'async', 'active', null,
 'Blanks around and inside the texts of this account are tidied.',
 'Leading, trailing and doubled blanks go; a text of nothing but blanks becomes empty.',
 null, null, '[
   {"step": "normalize", "field": "name", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "name", "using": "blank_to_null"},
   {"step": "normalize", "field": "industry", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "industry", "using": "blank_to_null"},
   {"step": "normalize", "field": "country", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "country", "using": "blank_to_null"},
   {"step": "normalize", "field": "parent_name", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "parent_name", "using": "blank_to_null"}]'),

('account-phone-is-e164', 'account', 'validity', 'low', 'fix', 'async', 'active', null,
 'The phone number "{phone}" is written in international form.',
 'A valid number becomes +country and digits, read in the organization''s country; what is not surely a number stays as it is.',
 '{"combinator": "and", "rules": [{"field": "phone", "operator": "notNull"}]}', null,
 '[{"step": "normalize", "field": "phone", "using": "phone_e164"}, {"step": "normalize", "field": "phone", "using": "blank_to_null"}]'),

('deal-text-is-tidy', 'deal', 'validity', 'low', 'fix', 'async', 'active', null,
 'Blanks around and inside the texts of this deal are tidied.',
 'Leading, trailing and doubled blanks go, so that a name that only a blank kept apart is found; a text of nothing but blanks becomes empty.',
 null, null, '[
   {"step": "normalize", "field": "name", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "name", "using": "blank_to_null"},
   {"step": "normalize", "field": "account_name", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "account_name", "using": "blank_to_null"},
   {"step": "normalize", "field": "product_name", "using": "collapse_whitespace"},
   {"step": "normalize", "field": "product_name", "using": "blank_to_null"}]');
