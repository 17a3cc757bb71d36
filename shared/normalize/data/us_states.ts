/** States and territories of the USA, one a line: USPS code, name, and the traditional abbreviations. */
export const US_STATES = `
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
`;
