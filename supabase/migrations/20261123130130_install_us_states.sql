-- What: the reference set "us_states": states and territories of the USA by code, name and traditional abbreviation.
-- Why: "FLA" and "Calif." are known and have a code; "Texass" is not, and the nearest is suggested.
-- Breaks a running client: no.

-- A line is a code, the name, and other ways to write it. The same as shared/normalize/data/us_states.ts, which a test compares.

insert into governance.reference_sets (set_key, kind, case_sensitive, description, source) values
  ('us_states', 'list', false,
   'States, territories and military post offices of the USA: two-letter codes, names and traditional abbreviations.',
   'USPS Publication 28, Appendix B (U.S. Government work, public domain); traditional abbreviations collected by this project.');

with lines as (
  select string_to_array(line, '|') as names from string_to_table($set$
AL|Alabama|Ala
AK|Alaska
AZ|Arizona|Ariz
AR|Arkansas|Ark
CA|California|Calif|Cal
CO|Colorado|Colo
CT|Connecticut|Conn
DE|Delaware|Del
DC|District of Columbia|Washington DC|Washington, D.C.
FL|Florida|Fla
GA|Georgia
HI|Hawaii
ID|Idaho
IL|Illinois|Ill
IN|Indiana|Ind
IA|Iowa
KS|Kansas|Kans|Kan
KY|Kentucky
LA|Louisiana
ME|Maine
MD|Maryland
MA|Massachusetts|Mass
MI|Michigan|Mich
MN|Minnesota|Minn
MS|Mississippi|Miss
MO|Missouri
MT|Montana|Mont
NE|Nebraska|Neb|Nebr
NV|Nevada|Nev
NH|New Hampshire|N.H.
NJ|New Jersey|N.J.
NM|New Mexico|N.M.|N. Mex.
NY|New York|N.Y.
NC|North Carolina|N.C.|N. Carolina
ND|North Dakota|N.D.|N. Dakota|N. Dak.
OH|Ohio
OK|Oklahoma|Okla
OR|Oregon|Ore
PA|Pennsylvania|Penn|Penna
RI|Rhode Island|R.I.
SC|South Carolina|S.C.|S. Carolina
SD|South Dakota|S.D.|S. Dakota|S. Dak.
TN|Tennessee|Tenn
TX|Texas|Tex
UT|Utah
VT|Vermont
VA|Virginia
WA|Washington|Wash
WV|West Virginia|W. Va.|W. Virginia
WI|Wisconsin|Wis|Wisc
WY|Wyoming|Wyo
AS|American Samoa
GU|Guam
MP|Northern Mariana Islands
PR|Puerto Rico|P.R.
VI|U.S. Virgin Islands|US Virgin Islands|Virgin Islands|V.I.
AA|Armed Forces Americas
AE|Armed Forces Europe
AP|Armed Forces Pacific
$set$, E'\n') as line where line <> ''
)
insert into governance.reference_values (set_key, value, canonical)
select distinct on (name) 'us_states', name, case when n > 1 then names[1] end
from lines cross join unnest(names) with ordinality as x(name, n) where name <> '' order by name, n;
