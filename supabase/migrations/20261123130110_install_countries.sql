-- What: the members of the set "countries": ISO 3166-1 (npm i18n-iso-countries 7.14.0, MIT) and the names people use.
-- Why: Korea, USA and U.K. are no defects; Philipines is one, and Philippines is what was meant.
-- Breaks a running client: no.

-- A line is one value as it should be written, then what else it is called, between bars. All of them are known values.

with lines as (
  select line from string_to_table($set$
Afghanistan | AF | AFG | Islamic Republic of Afghanistan
Albania | AL | ALB | Republic of Albania | Shqipëri | Shqiperi
Algeria | DZ | DZA | People's Democratic Republic of Algeria | People’s Democratic Republic of Algeria | الجزائر | Algérie | Algerie
American Samoa | AS | ASM
Andorra | AD | AND | Principality of Andorra
Angola | AO | AGO | Republic of Angola
Anguilla | AI | AIA
Antarctica | AQ | ATA | The Antarctic
Antigua and Barbuda | AG | ATG | Antigua & Barbuda | Antigua
Argentina | AR | ARG | Argentine Republic | The Argentine
Armenia | AM | ARM | Republic of Armenia | Հայաստան
Aruba | AW | ABW
Australia | AU | AUS | Commonwealth of Australia
Austria | AT | AUT | Republic of Austria | Österreich | Osterreich
Azerbaijan | AZ | AZE | Republic of Azerbaijan | Azərbaycan
Bahamas | BS | BHS | The Bahamas | Bahamas (the) | Commonwealth of The Bahamas
Bahrain | BH | BHR | Kingdom of Bahrain | البحرين
Bangladesh | BD | BGD | People's Republic of Bangladesh | People’s Republic of Bangladesh
Barbados | BB | BRB
Belarus | BY | BLR | Republic of Belarus | Byelorussia | Беларусь
Belgium | BE | BEL | Kingdom of Belgium | Koninkrijk België | Koninkrijk Belgie | België | Belgie | Belgique | Belgien
Belize | BZ | BLZ
Benin | BJ | BEN | Republic of Benin
Bermuda | BM | BMU | Bermudas | The Bermudas
Bhutan | BT | BTN | Kingdom of Bhutan
Bolivia | BO | BOL | Bolivia (Plurinational State of) | Bolivia, Plurinational State of | Plurinational State of Bolivia
Bosnia and Herzegovina | BA | BIH | Bosnia & Herzegovina | Bosnia | Bosnia-Herzegovina | Bosnia Herzegovina | Bosna i Hercegovina
Botswana | BW | BWA | Republic of Botswana
Bouvet Island | BV | BVT
Brazil | BR | BRA | Federative Republic of Brazil | Brasil
British Indian Ocean Territory | IO | IOT | British Indian Ocean Territory (the) | Chagos Islands
British Virgin Islands | VG | VGB | Virgin Islands, British | Virgin Islands (British) | British Virgin Islands (the) | The British Virgin Islands | BVI | B.V.I.
Brunei | BN | BRN | Brunei Darussalam | Negara Brunei Darussalam
Bulgaria | BG | BGR | Republic of Bulgaria | България
Burkina Faso | BF | BFA | Burkina
Burundi | BI | BDI | Republic of Burundi
Cambodia | KH | KHM | Kingdom of Cambodia | Kampuchea | កម្ពុជា
Cameroon | CM | CMR | Republic of Cameroon | Cameroun
Canada | CA | CAN | Dominion of Canada
Cape Verde | CV | CPV | Cabo Verde | Republic of Cabo Verde | Cape Verde Islands
Caribbean Netherlands | BQ | BES | Bonaire, Sint Eustatius and Saba | Bonaire, Sint Eustatius & Saba | Bonaire | Sint Eustatius | Saba | Bonaire, Saint Eustatius and Saba | Bonaire, Saint Eustatius & Saba | BES Islands
Cayman Islands | KY | CYM | Cayman Islands (the) | The Cayman Islands | Caymans
Central African Republic | CF | CAF | Central African Republic (the) | The Central African Republic | CAR | C.A.R.
Chad | TD | TCD | Republic of Chad | Tchad
Chile | CL | CHL | Republic of Chile
China | CN | CHN | People's Republic of China | People’s Republic of China | PRC | P.R. China | PR China | P.R.C. | China, PR | China PR | Mainland China | China (mainland) | China, People's Republic of | China, People’s Republic of | 中国
Christmas Island | CX | CXR
Cocos (Keeling) Islands | CC | CCK | Cocos Islands | Keeling Islands | Cocos Keeling Islands | Cocos (Keeling) Islands (the)
Colombia | CO | COL | Republic of Colombia
Comoros | KM | COM | Comoros (the) | The Comoros | Union of the Comoros
Cook Islands | CK | COK | Cook Islands (the) | The Cook Islands
Costa Rica | CR | CRI | Republic of Costa Rica
Croatia | HR | HRV | Republic of Croatia | Hrvatska
Cuba | CU | CUB | Republic of Cuba
Curaçao | CW | CUW | Curacao
Cyprus | CY | CYP | Republic of Cyprus | Κύπρος
Czechia | CZ | CZE | Czech Republic | The Czech Republic | Czech Rep. | Czech Rep | Czech | Česká republika | Ceska republika
Democratic Republic of the Congo | CD | COD | DR Congo | DRC | D.R. Congo | D.R.C. | Congo-Kinshasa | Congo Kinshasa | Congo (Kinshasa) | Congo (the Democratic Republic of the) | Congo, Democratic Republic of the | Congo, The Democratic Republic of the | Congo, Democratic Republic of | Congo, Dem. Rep. | Congo, DR | Democratic Republic of Congo | Zaire
Denmark | DK | DNK | Kingdom of Denmark | Danmark
Djibouti | DJ | DJI | Republic of Djibouti
Dominica | DM | DMA | Commonwealth of Dominica
Dominican Republic | DO | DOM | Dominican Republic (the) | The Dominican Republic | Dominican Rep. | República Dominicana | Republica Dominicana
Ecuador | EC | ECU | Republic of Ecuador
Egypt | EG | EGY | Arab Republic of Egypt | Egypt, Arab Republic of | Egypt, Arab Rep. | مصر
El Salvador | SV | SLV | Republic of El Salvador | Salvador
Equatorial Guinea | GQ | GNQ | Republic of Equatorial Guinea | Guinea Ecuatorial
Eritrea | ER | ERI | State of Eritrea
Estonia | EE | EST | Republic of Estonia | Eesti
Eswatini | SZ | SWZ | Kingdom of Eswatini | Swaziland
Ethiopia | ET | ETH | Federal Democratic Republic of Ethiopia
Falkland Islands | FK | FLK | Falkland Islands (Malvinas) | Falkland Islands (the) [Malvinas] | The Falkland Islands | Falklands | The Falklands | Malvinas | Islas Malvinas
Faroe Islands | FO | FRO | Faroe Islands (the) | The Faroe Islands | Faeroe Islands | Faroes | Faroe | Føroyar | Foroyar
Fiji | FJ | FJI | Republic of Fiji | Fiji Islands
Finland | FI | FIN | Republic of Finland | Suomi
France | FR | FRA | French Republic | Metropolitan France
French Guiana | GF | GUF | Guyane
French Polynesia | PF | PYF | Polynésie française | Polynesie francaise
French Southern Territories | TF | ATF | French Southern Territories (the) | French Southern and Antarctic Lands | French Southern & Antarctic Lands
Gabon | GA | GAB | Gabonese Republic
Gambia | GM | GMB | Republic of The Gambia | The Gambia | Gambia (the) | Gambia, The
Georgia | GE | GEO | Republic of Georgia | Georgia (country) | საქართველო
Germany | DE | DEU | Federal Republic of Germany | FRG | West Germany | BRD | Deutschland
Ghana | GH | GHA | Republic of Ghana
Gibraltar | GI | GIB
Greece | GR | GRC | Hellenic Republic | Hellas | Ellas | Ελλάδα
Greenland | GL | GRL | Grønland | Gronland
Grenada | GD | GRD
Guadeloupe | GP | GLP
Guam | GU | GUM
Guatemala | GT | GTM | Republic of Guatemala
Guernsey | GG | GGY | Bailiwick of Guernsey
Guinea | GN | GIN | Republic of Guinea | Guinea-Conakry | Guinée | Guinee
Guinea-Bissau | GW | GNB | Republic of Guinea-Bissau | Guinea Bissau
Guyana | GY | GUY | Co-operative Republic of Guyana
Haiti | HT | HTI | Republic of Haiti | Haïti
Heard Island and McDonald Islands | HM | HMD | Heard Island & McDonald Islands | Heard and McDonald Islands | Heard & McDonald Islands
Honduras | HN | HND | Republic of Honduras
Hong Kong | HK | HKG | Hong Kong SAR | Hong Kong S.A.R. | Hong Kong, China | Hong Kong SAR China | Hong Kong (SAR) | Hong Kong Special Administrative Region of China | Hongkong | HKSAR | China, Hong Kong SAR | 香港
Hungary | HU | HUN | Republic of Hungary | Magyarország | Magyarorszag
Iceland | IS | ISL | Republic of Iceland | Ísland | Island
India | IN | IND | Republic of India | Bharat | भारत
Indonesia | ID | IDN | Republic of Indonesia
Iran | IR | IRN | Islamic Republic of Iran | Iran (Islamic Republic of) | Iran, Islamic Republic of | Iran, Islamic Rep. | ایران
Iraq | IQ | IRQ | Republic of Iraq | العراق
Ireland | IE | IRL | Republic of Ireland | Eire | Éire | Ireland, Republic of | Irish Republic | ROI | Southern Ireland
Isle of Man | IM | IMN | The Isle of Man
Israel | IL | ISR | State of Israel | ישראל
Italy | IT | ITA | Italian Republic | Italia
Ivory Coast | CI | CIV | Cote d'Ivoire | Cote d’Ivoire | Côte d'Ivoire | Côte d’Ivoire | Republic of Côte d'Ivoire | Republic of Cote d'Ivoire | Republic of Côte d’Ivoire | Republic of Cote d’Ivoire | Cote d Ivoire | Cote dIvoire | The Ivory Coast
Jamaica | JM | JAM
Japan | JP | JPN | State of Japan | Nippon | 日本
Jersey | JE | JEY | Bailiwick of Jersey
Jordan | JO | JOR | Hashemite Kingdom of Jordan | الأردن
Kazakhstan | KZ | KAZ | Republic of Kazakhstan | Kazakstan | Қазақстан | Казахстан
Kenya | KE | KEN | Republic of Kenya
Kiribati | KI | KIR | Republic of Kiribati
Kosovo | XK | XKK | XKX | Republic of Kosovo | Kosova
Kuwait | KW | KWT | State of Kuwait | الكويت
Kyrgyzstan | KG | KGZ | Kyrgyz Republic | Kirghizia | Kirgizstan | Kyrgyzstan Republic | Кыргызстан
Laos | LA | LAO | Lao People's Democratic Republic | Lao People’s Democratic Republic | Lao People's Democratic Republic (the) | Lao People’s Democratic Republic (the) | Lao PDR | Lao P.D.R.
Latvia | LV | LVA | Republic of Latvia | Latvija
Lebanon | LB | LBN | Lebanese Republic | لبنان | Liban
Lesotho | LS | LSO | Kingdom of Lesotho
Liberia | LR | LBR | Republic of Liberia
Libya | LY | LBY | State of Libya | Libyan Arab Jamahiriya
Liechtenstein | LI | LIE | Principality of Liechtenstein
Lithuania | LT | LTU | Republic of Lithuania | Lietuva
Luxembourg | LU | LUX | Grand Duchy of Luxembourg | Luxemburg
Macau | MO | MAC | Macao | Macao SAR | Macau SAR | Macau SAR China | Macao SAR China | Macao Special Administrative Region of China | China, Macao SAR | 澳门
Madagascar | MG | MDG | Republic of Madagascar
Malawi | MW | MWI | Republic of Malawi
Malaysia | MY | MYS
Maldives | MV | MDV | Republic of Maldives | The Maldives | Maldive Islands
Mali | ML | MLI | Republic of Mali
Malta | MT | MLT | Republic of Malta
Marshall Islands | MH | MHL | Marshall Islands (the) | The Marshall Islands | Republic of the Marshall Islands
Martinique | MQ | MTQ
Mauritania | MR | MRT | Islamic Republic of Mauritania
Mauritius | MU | MUS | Republic of Mauritius
Mayotte | YT | MYT
Mexico | MX | MEX | United Mexican States | México
Micronesia | FM | FSM | Micronesia, Federated States of | Micronesia (Federated States of) | Federated States of Micronesia | Micronesia, Fed. Sts.
Moldova | MD | MDA | Moldova, Republic of | Moldova (the Republic of) | Moldova (Republic of) | Republic of Moldova
Monaco | MC | MCO | Principality of Monaco
Mongolia | MN | MNG | Монгол
Montenegro | ME | MNE | Republic of Montenegro | Црна Гора
Montserrat | MS | MSR
Morocco | MA | MAR | Kingdom of Morocco | المغرب | Maroc
Mozambique | MZ | MOZ | Republic of Mozambique | Moçambique | Mocambique
Myanmar | MM | MMR | Republic of the Union of Myanmar | Burma | Myanmar (Burma) | Burma (Myanmar) | Union of Myanmar
Namibia | NA | NAM | Republic of Namibia
Nauru | NR | NRU | Republic of Nauru
Nepal | NP | NPL | Federal Democratic Republic of Nepal
Netherlands | NL | NLD | The Netherlands | Netherlands (Kingdom of the) | Kingdom of the Netherlands | Netherlands (the) | Netherlands, The | Netherlands, Kingdom of the | Holland | The Nederlands | Koninkrijk der Nederlanden | Nederland
New Caledonia | NC | NCL | Nouvelle-Calédonie | Nouvelle-Caledonie
New Zealand | NZ | NZL | Aotearoa | Aotearoa New Zealand | N.Z.
Nicaragua | NI | NIC | Republic of Nicaragua
Niger | NE | NER | Niger (the) | The Niger | Republic of the Niger
Nigeria | NG | NGA | Federal Republic of Nigeria
Niue | NU | NIU
Norfolk Island | NF | NFK
North Korea | KP | PRK | Korea (the Democratic People's Republic of) | Korea (the Democratic People’s Republic of) | Democratic People's Republic of Korea | Democratic People’s Republic of Korea | Korea, Democratic People's Republic of | Korea, Democratic People’s Republic of | Korea (Democratic People's Republic of) | Korea (Democratic People’s Republic of) | Korea, North | Korea (North) | DPRK | D.P.R.K. | N. Korea | Korea, Dem. People's Rep. | Korea, Dem. People’s Rep. | 북한
North Macedonia | MK | MKD | The Republic of North Macedonia | Republic of North Macedonia | Macedonia | Republic of Macedonia | Macedonia, the former Yugoslav Republic of | The former Yugoslav Republic of Macedonia | FYROM | FYR Macedonia | Macedonia, FYR | Macedonia (FYROM) | Северна Македонија
Northern Mariana Islands | MP | MNP | Northern Mariana Islands (the) | The Northern Mariana Islands | Northern Marianas | CNMI | Commonwealth of the Northern Mariana Islands
Norway | NO | NOR | Kingdom of Norway | Norge | Noreg
Oman | OM | OMN | Sultanate of Oman | عمان
Pakistan | PK | PAK | Islamic Republic of Pakistan | پاکستان
Palau | PW | PLW | Republic of Palau
Palestine | PS | PSE | State of Palestine | Palestine, State of | Palestinian Territory | Palestinian Territories | Palestinian Territory, Occupied | Occupied Palestinian Territory | Palestinian Authority | West Bank and Gaza | West Bank & Gaza | West Bank | Gaza
Panama | PA | PAN | Republic of Panama | Panamá
Papua New Guinea | PG | PNG | Independent State of Papua New Guinea | P.N.G.
Paraguay | PY | PRY | Republic of Paraguay
Peru | PE | PER | Republic of Peru | Perú
Philippines | PH | PHL | Philippines (the) | The Philippines | Philippines, The | Republic of the Philippines | Pilipinas
Pitcairn Islands | PN | PCN | Pitcairn
Poland | PL | POL | Republic of Poland | Polska
Portugal | PT | PRT | Portuguese Republic
Puerto Rico | PR | PRI | Commonwealth of Puerto Rico | Porto Rico
Qatar | QA | QAT | State of Qatar | قطر
Republic of the Congo | CG | COG | Congo | Congo (the) | The Congo | Congo-Brazzaville | Congo Brazzaville | Congo (Brazzaville) | Congo, Republic of | Congo, Republic of the | Congo Republic
Romania | RO | ROU | Rumania | Roumania | România
Russia | RU | RUS | Russian Federation | Russian Federation (the) | The Russian Federation | RF | Российская Федерация | Россия
Rwanda | RW | RWA | Republic of Rwanda | Rwandese Republic
Réunion | RE | REU | Reunion
Saint Barthélemy | BL | BLM | Saint Barthelemy | St. Barthélemy | St Barthélemy | St. Barthelemy | St Barthelemy | Saint-Barthélemy | Saint-Barthelemy | St Barts | St. Barts | St Barths
Saint Helena | SH | SHN | St. Helena | St Helena | Saint Helena, Ascension and Tristan da Cunha | Saint Helena, Ascension & Tristan da Cunha | St. Helena, Ascension and Tristan da Cunha | St Helena, Ascension and Tristan da Cunha | St. Helena, Ascension & Tristan da Cunha | St Helena, Ascension & Tristan da Cunha | Ascension Island | Tristan da Cunha
Saint Kitts and Nevis | KN | KNA | Saint Kitts & Nevis | St. Kitts and Nevis | St Kitts and Nevis | St. Kitts & Nevis | St Kitts & Nevis | Saint Christopher and Nevis | Saint Christopher & Nevis | St. Christopher and Nevis | St Christopher and Nevis | St. Christopher & Nevis | St Christopher & Nevis | St Kitts | St. Kitts | St Kitts-Nevis
Saint Lucia | LC | LCA | St. Lucia | St Lucia
Saint Martin | MF | MAF | Saint Martin (French part) | St. Martin (French part) | St Martin (French part) | Saint-Martin | St. Martin | St Martin
Saint Pierre and Miquelon | PM | SPM | Saint Pierre & Miquelon | St. Pierre and Miquelon | St Pierre and Miquelon | St. Pierre & Miquelon | St Pierre & Miquelon | Saint-Pierre-et-Miquelon
Saint Vincent and the Grenadines | VC | VCT | Saint Vincent & the Grenadines | St. Vincent and the Grenadines | St Vincent and the Grenadines | St. Vincent & the Grenadines | St Vincent & the Grenadines | St Vincent | St. Vincent | Saint Vincent
Samoa | WS | WSM | Independent State of Samoa | Western Samoa
San Marino | SM | SMR | Republic of San Marino
Saudi Arabia | SA | SAU | Kingdom of Saudi Arabia | KSA | K.S.A. | Saudi | السعودية
Senegal | SN | SEN | Republic of Senegal | Sénégal
Serbia | RS | SRB | Republic of Serbia | Србија
Seychelles | SC | SYC | Republic of Seychelles | The Seychelles
Sierra Leone | SL | SLE | Republic of Sierra Leone
Singapore | SG | SGP | Republic of Singapore
Sint Maarten | SX | SXM | Sint Maarten (Dutch part) | St Maarten | St. Maarten
Slovakia | SK | SVK | Slovak Republic | The Slovak Republic | Slovensko
Slovenia | SI | SVN | Republic of Slovenia | Slovenija
Solomon Islands | SB | SLB | The Solomon Islands | Solomons
Somalia | SO | SOM | Federal Republic of Somalia
South Africa | ZA | ZAF | Republic of South Africa | RSA | R.S.A. | South Africa, Republic of
South Georgia and the South Sandwich Islands | GS | SGS | South Georgia & the South Sandwich Islands | South Georgia | South Georgia & South Sandwich Islands | South Georgia and South Sandwich Islands
South Korea | KR | KOR | Korea, Republic of | Republic of Korea | Korea | Korea (the Republic of) | Korea (Republic of) | Korea, South | Korea (South) | S. Korea | S Korea | ROK | R.O.K. | Korea, Rep. | Korea, Rep. of | Korea Republic | Rep. of Korea | 대한민국
South Sudan | SS | SSD | Republic of South Sudan
Spain | ES | ESP | Kingdom of Spain | España | Espana | Espanya | Espainia
Sri Lanka | LK | LKA | Democratic Socialist Republic of Sri Lanka | Ceylon
Sudan | SD | SDN | Sudan (the) | The Sudan | Republic of the Sudan
Suriname | SR | SUR | Republic of Suriname | Surinam
Svalbard and Jan Mayen | SJ | SJM | Svalbard & Jan Mayen | Svalbard | Jan Mayen | Spitsbergen
Sweden | SE | SWE | Kingdom of Sweden | Sverige
Switzerland | CH | CHE | Swiss Confederation | Schweiz | Suisse | Svizzera
Syria | SY | SYR | Syrian Arab Republic | Syrian Arab Republic (the)
São Tomé and Príncipe | ST | STP | Sao Tome and Principe | Sao Tome & Principe | Democratic Republic of Sao Tome and Principe | Democratic Republic of Sao Tome & Principe | São Tomé | Sao Tome | São Tomé & Príncipe
Taiwan | TW | TWN | Taiwan, Province of China | Taiwan (Province of China) | Taiwan, ROC | Taiwan (ROC) | Taiwan R.O.C. | Republic of China | Chinese Taipei | Formosa | Taiwan, Republic of China | 中国台湾省
Tajikistan | TJ | TJK | Republic of Tajikistan | Tadjikistan
Tanzania | TZ | TZA | United Republic of Tanzania | Tanzania, the United Republic of | Tanzania, United Republic of | Tanzania (United Republic of)
Thailand | TH | THA | Kingdom of Thailand | Siam | ไทย
Timor-Leste | TL | TLS | Democratic Republic of Timor-Leste | East Timor | Timor Leste
Togo | TG | TGO | Togolese Republic
Tokelau | TK | TKL
Tonga | TO | TON | Kingdom of Tonga
Trinidad and Tobago | TT | TTO | Trinidad & Tobago | Republic of Trinidad and Tobago | Republic of Trinidad & Tobago | Trinidad | Tobago | Trinidad Tobago
Tunisia | TN | TUN | Republic of Tunisia | تونس | Tunisie
Turkey | TR | TUR | Türkiye | Turkiye | Republic of Türkiye | Republic of Turkiye | Republic of Turkey
Turkmenistan | TM | TKM
Turks and Caicos Islands | TC | TCA | Turks & Caicos Islands | Turks and Caicos Islands (the) | Turks & Caicos Islands (the) | Turks and Caicos | Turks & Caicos | The Turks and Caicos Islands | The Turks & Caicos Islands
Tuvalu | TV | TUV
U.S. Virgin Islands | VI | VIR | Virgin Islands, U.S. | Virgin Islands (U.S.) | US Virgin Islands | United States Virgin Islands | Virgin Islands of the United States | Virgin Islands, US | Virgin Islands | The Virgin Islands | USVI | U.S.V.I.
Uganda | UG | UGA | Republic of Uganda
Ukraine | UA | UKR | The Ukraine | Україна
United Arab Emirates | AE | ARE | UAE | United Arab Emirates (the) | The United Arab Emirates | U.A.E. | Emirates | The Emirates | الإمارات العربية المتحدة
United Kingdom | GB | GBR | UK | Great Britain | United Kingdom of Great Britain and Northern Ireland | United Kingdom of Great Britain & Northern Ireland | United Kingdom of Great Britain and Northern Ireland (the) | United Kingdom of Great Britain & Northern Ireland (the) | The United Kingdom | United Kingdom (UK) | U.K. | UK of GB and NI | UK of GB & NI | G.B. | Britain | England | Scotland | Wales | Northern Ireland | Great Britain and Northern Ireland | Great Britain & Northern Ireland | Great Britain (UK) | England, UK | Scotland, UK | Wales, UK | Northern Ireland, UK | Cymru
United States | US | USA | United States of America | U.S.A. | U.S. | United States of America (the) | The United States | The United States of America | United States (US) | United States (USA) | U.S.A | U.S | U S A | U S | US of A | the US | the USA | the U.S. | the States | America | Estados Unidos | États-Unis | Etats-Unis | Vereinigte Staaten | EE.UU.
United States Minor Outlying Islands | UM | UMI | United States Minor Outlying Islands (the) | U.S. Minor Outlying Islands | US Minor Outlying Islands
Uruguay | UY | URY | Eastern Republic of Uruguay | Oriental Republic of Uruguay
Uzbekistan | UZ | UZB | Republic of Uzbekistan | Oʻzbekiston
Vanuatu | VU | VUT | Republic of Vanuatu
Vatican City | VA | VAT | Holy See (Vatican City State) | Holy See | Holy See (the) | The Holy See | The Vatican | Vatican | Vatican City State | State of the Vatican City
Venezuela | VE | VEN | Venezuela (Bolivarian Republic of) | Venezuela, Bolivarian Republic of | Bolivarian Republic of Venezuela | Venezuela, RB
Vietnam | VN | VNM | Viet Nam | Socialist Republic of Viet Nam | Socialist Republic of Vietnam | Viet-Nam | Việt Nam
Wallis and Futuna | WF | WLF | Wallis & Futuna | Wallis & Futuna Islands | Wallis and Futuna Islands
Western Sahara | EH | ESH | Sahrawi Republic
Yemen | YE | YEM | Republic of Yemen | Yemen, Rep. | اليمن
Zambia | ZM | ZMB | Republic of Zambia
Zimbabwe | ZW | ZWE | Republic of Zimbabwe
Åland Islands | AX | ALA | Aland Islands | Aland | Åland | Ahvenanmaa
$set$, E'\n') as l(line) where line <> ''
)
insert into governance.reference_values (set_key, value, canonical)
select 'countries', value, nullif(split_part(line, ' | ', 1), value)
from lines cross join string_to_table(line, ' | ') as v(value);
