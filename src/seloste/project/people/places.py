"""Streets and postal districts in and around Tampere, where the register's customers live."""

from __future__ import annotations

STREETS = """
Hämeenkatu Satakunnankatu Aleksis_Kiven_katu Hallituskatu Puutarhakatu Kauppakatu Tuomiokirkonkatu
Rautatienkatu Yliopistonkatu Kalevantie Sammonkatu Teiskontie Itsenäisyydenkatu Väinölänkatu
Pispalan_valtatie Pyynikintie Mariankatu Pirkankatu Paasikivenkatu Sepänkatu Lapintie Näsilinnankatu
Hatanpään_valtatie Nekalantie Lempääläntie Viinikankatu Iidesranta Messukylänkatu Takahuhdintie
Hervannan_valtaväylä Insinöörinkatu Lindforsinkatu Opiskelijankatu Orivedenkatu Vaajakatu
Ahvenisjärventie Ruovedenkatu Arkkitehdinkatu Muotialantie Kaukajärventie Keskisenkatu
Juvankatu Annalankatu Lihtosaarentie Haiharankatu Atalantie Holvastintie Linnainmaankatu
Aitolahdentie Ojalankatu Mäentakusenkatu Niihamankatu Koukkuniementie Rauhaniementie
Lapinniemenranta Kekkosentie Paasikiventie Enqvistinkatu Federleynkatu Teivaalantie Ryydynkatu
Lielahdenkatu Harjuntausta Myllypuronkatu Tesoman_valtatie Raiskionkatu Kohmankaari Rahola_tie
Ikurintie Lamminpääntie Vahantie Kalkunvuorenkatu Jenseninkatu Haukiluomankatu Peltolammintie
Säästäjänkatu Multisillantie Automiehenkatu Lahdesjärvenkatu Särkijärvenkatu Vuoreksenkatu
Koukkujärventie Rusthollinkatu Palokallionkatu Kaarilankatu Tohlopinkatu Kihlmaninraitti
Rantaperkiönkatu Jokipohjantie Härmälänkatu Nuolialantie Toivionkatu Vähäjärventie Naistenmatkantie
Koulutie Rantatie Kirkkotie Asematie Kuusitie Koivukuja Mäntypolku Pihlajatie Leppäkuja Haapatie
Kanervatie Vuorikatu Myllytie Niittykatu Lehtotie Kalliotie Harjutie Metsätie Puistokatu Torikatu
""".replace("Rahola_tie", "Raholantie").split()
STREETS = [street.replace("_", " ") for street in STREETS]

DISTRICTS = [
    ("33100", "Tampere", 60),
    ("33180", "Tampere", 25),
    ("33200", "Tampere", 50),
    ("33210", "Tampere", 40),
    ("33230", "Tampere", 35),
    ("33240", "Tampere", 20),
    ("33250", "Tampere", 20),
    ("33270", "Tampere", 30),
    ("33300", "Tampere", 20),
    ("33310", "Tampere", 35),
    ("33340", "Tampere", 20),
    ("33400", "Tampere", 35),
    ("33500", "Tampere", 60),
    ("33540", "Tampere", 55),
    ("33560", "Tampere", 30),
    ("33580", "Tampere", 35),
    ("33610", "Tampere", 20),
    ("33680", "Tampere", 15),
    ("33700", "Tampere", 30),
    ("33710", "Tampere", 50),
    ("33720", "Tampere", 80),
    ("33800", "Tampere", 30),
    ("33820", "Tampere", 30),
    ("33840", "Tampere", 15),
    ("33870", "Tampere", 20),
    ("33900", "Tampere", 25),
    ("33960", "Pirkkala", 40),
    ("33470", "Ylöjärvi", 50),
    ("36200", "Kangasala", 45),
    ("37100", "Nokia", 45),
    ("37500", "Lempäälä", 35),
    ("37600", "Valkeakoski", 20),
    ("35300", "Orivesi", 10),
    ("35800", "Mänttä", 6),
    ("34800", "Virrat", 5),
    ("38200", "Sastamala", 12),
    ("39500", "Ikaalinen", 5),
    ("39700", "Parkano", 5),
    ("31760", "Urjala", 4),
    ("36600", "Pälkäne", 5),
]
"""Postcode, post office and how many of a thousand or so live there."""

ELSEWHERE = [
    ("00100", "Helsinki", 5),
    ("00500", "Helsinki", 5),
    ("02100", "Espoo", 4),
    ("20100", "Turku", 4),
    ("90100", "Oulu", 3),
    ("40100", "Jyväskylä", 3),
    ("13100", "Hämeenlinna", 2),
    ("65100", "Vaasa", 2),
    ("22100", "Mariehamn", 1),
]
"""Where those live who have moved away."""
