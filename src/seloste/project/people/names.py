"""Given and family names that are common in Finland, in the order of their commonness or nearly so."""

# ruff: noqa: SIM905 - hundreds of names read better as text than as a list of strings
from __future__ import annotations

WOMEN = """
Maria Helena Anneli Johanna Kaarina Marjatta Anna Liisa Hannele Sofia Annikki Tuulikki Elina
Kristiina Susanna Emilia Katariina Inkeri Marja Sinikka Tuula Riitta Orvokki Eeva Pirjo Aino Päivi
Leena Anne Ritva Maija Pirkko Raija Minna Tarja Laura Sari Irmeli Seija Eila Hanna Kirsi Mari Sirpa
Heidi Jaana Merja Marika Satu Jenni Ulla Terttu Elisabet Aila Saara Sanna Tiina Kaija Mirja Helvi
Anja Kaisa Arja Raili Niina Terhi Outi Krista Venla Eveliina Noora Veera Iida Julia Aada Ella Helmi
Emma Siiri Viivi Eevi Lilja Olivia Ilona Aurora Hilma Elsa Pihla Oona Vilma Amanda Essi Roosa Emmi
Kerttu Martta Alma Hilkka Sylvi Impi Lempi
""".split()

MEN = """
Juhani Johannes Olavi Antero Tapani Kalevi Tapio Matti Mikael Ilmari Pekka Petteri Juha Antti Timo
Kari Jari Mikko Jukka Markku Hannu Kalle Heikki Jorma Janne Esa Ari Marko Sami Tuomas Eino Ville
Seppo Pertti Martti Reijo Petri Kimmo Pentti Veikko Lauri Risto Mika Juho Raimo Jarmo Harri Eero
Teemu Pasi Tomi Tommi Erkki Jani Arto Toni Jaakko Aleksi Oskari Jussi Vesa Väinö Esko Ilkka Henri
Eetu Elias Onni Leo Oliver Eeli Väinämö Toivo Niilo Aatos Emil Joona Joonas Jere Niko Santeri Samuli
Otto Arttu Aaro Topi Urho Tauno Unto Arvo Sulo Armas Kauko Rauno Veli Usko Viljo Otso Hugo
""".replace("Väinämö ", "").split()

SWEDISH_WOMEN = """
Christina Margareta Birgitta Ingrid Gunilla Camilla Monica Carola Ann-Marie Gun Ulrika Annika Linda
Malin Sofie Frida Ida Elin Ebba Saga Astrid Solveig Barbro Gunnel
""".split()

SWEDISH_MEN = """
Erik Karl Anders Lars Johan Henrik Fredrik Christian Mikael Göran Bengt Stefan Kurt Nils Gustav Axel
Oskar Rasmus Viktor Björn Håkan Ralf Kaj Sven
""".split()

FAMILY = """
Korhonen Virtanen Mäkinen Nieminen Mäkelä Hämäläinen Laine Heikkinen Koskinen Järvinen Lehtonen
Lehtinen Saarinen Niemi Salminen Heinonen Heikkilä Kinnunen Salonen Turunen Salo Laitinen Rantanen
Tuominen Karjalainen Jokinen Mattila Savolainen Lahtinen Ahonen Leppänen Ojala Väisänen Hiltunen
Kallio Leinonen Miettinen Pitkänen Aaltonen Manninen Hakala Koivisto Anttila Laaksonen Hirvonen
Lehto Räsänen Laakso Toivonen Rantala Mustonen Nurmi Aalto Peltonen Hartikainen Seppälä Moilanen
Partanen Kettunen Kemppainen Salmi Nurminen Kärkkäinen Lappalainen Peltola Oksanen Kokkonen Pesonen
Hyvönen Eskelinen Karppinen Honkanen Halonen Ikonen Lindholm Kainulainen Kauppinen Ylönen Kokko
Immonen Mikkonen Vainio Soininen Parviainen Huttunen Juntunen Huovinen Vuorinen Mikkola Ketola
Karvonen Rissanen Kangas Rautiainen Tolonen Suominen Luoma Suomalainen Forsström Kivelä Sirviö
Tiainen Nevalainen Haapala Koski Uusitalo Kinnari Raatikainen Hänninen Rönkkö Voutilainen Lampinen
Hietala Pulkkinen Mäki Ruotsalainen Hakkarainen Martikainen Tanskanen Kuusisto Keränen Issakainen
Sillanpää Ruuska Jääskeläinen Kumpulainen Lepistö Pelkonen Tuomi Rajala Harju Jussila Nykänen
Saari Sipilä Kiviniemi Saastamoinen Pekkarinen Piirainen Vänskä Räisänen Kyllönen Holopainen
Pursiainen Lehtola Koponen Ollila Rinne Paananen Vesterinen Lindroos Puustinen Kuisma Tervo Kukkonen
Heiskanen Haapaniemi Lipponen Lampela Ahola Ahvenainen Airaksinen Alanen Alho Arola Asikainen
Aho Auvinen Eerola Eronen Erkkilä Haataja Haavisto Hakanen Halme Happonen Harjula Hautala Hautamäki
Heino Helenius Helin Hietanen Hokkanen Holma Honkala Huhtala Huhtanen Huotari Hurme Hyttinen
Hyvärinen Häkkinen Häkli Härkönen Häyrinen Ikäheimo Ilola Jalonen Jalkanen Jaatinen Jauhiainen
Jokela Jokiniemi Jylhä Jämsä Kaartinen Kaikkonen Kaipainen Kallioniemi Kanerva Kankaanpää Kantola
Karhu Karhunen Karttunen Kaukonen Keinonen Kekkonen Kemppi Kilpeläinen Kilpinen Kivi Kivinen
Kivistö Kokkola Komulainen Kontio Koistinen Korpela Korpi Korte Kosonen Kotilainen Kujala Kulmala
Kuosmanen Kuronen Kurki Kuusela Kytölä Kähkönen Kääriäinen Laamanen Lahti Lamminen Lammi Lassila
Laukkanen Launonen Lauronen Lehikoinen Lehtimäki Lehtiö Leino Leskinen Liimatainen Liukkonen
Loikkanen Louhivuori Luukkonen Luoto Luostarinen Lyytinen Maaranen Malinen Malmi Markkanen Marttila
Matikainen Mattinen Mero Metsälä Mononen Multanen Muhonen Mykkänen Myllymäki Myllylä Mäenpää
Määttä Naukkarinen Niemelä Niemenmaa Nissinen Nousiainen Nuutinen Närhi Ojanen Okkonen Oinonen Ovaska
Paavilainen Paavola Pakarinen Palonen Parkkinen Pasanen Patrikainen Pennanen Penttilä Penttinen
Perälä Piippo Pirinen Pohjola Poikonen Pohjonen Puhakka Pulli Puolakka Purho Pyykkö Pöllänen Raitio
Rauhala Raunio Rautio Reinikainen Repo Riikonen Ronkainen Roininen Ruokonen Ruohonen Räty Saarela
Saarelainen Saksa Salmela Sallinen Salomaa Sarkkinen Savela Siltanen Silvennoinen Sihvonen Simola
Sinisalo Sinkkonen Sorsa Sutinen Suhonen Suni Suutari Särkkä Taipale Takala Tamminen Tarkiainen
Teittinen Tiihonen Tikka Tikkanen Timonen Toivanen Tossavainen Tuomela Tuomisto Tuovinen Turtiainen
Tyrväinen Törmänen Ukkonen Urpiainen Utriainen Valkonen Valtonen Vanhala Varis Vartiainen Vatanen
Vehviläinen Viitala Viitanen Vilkki Viljanen Vilén Vuori Vuorela Väänänen Välimäki Väyrynen Yli-Hukkala
Ylitalo Äijälä
""".split()

SWEDISH_FAMILY = """
Johansson Nyman Lindholm Karlsson Andersson Nyberg Lindström Lindqvist Eriksson Öhman Lundström
Sundström Björklund Ekholm Forsman Grönroos Hellström Holmberg Holmström Lindberg Mattsson Nordström
Nylund Rosenqvist Sandberg Sjöblom Sjöberg Söderholm Söderström Wikström Westerlund Backman Bergman
Blomqvist Engblom Finell Fagerström Granlund Gustafsson Häggblom
""".split()

COMPANY_FIRST = """
Pirkan Tammer Näsin Hervannan Pyynikin Kaupin Lielahden Koskipuiston Hatanpään Pispalan Tesoman
Pohjolan Hämeen Sata Järvi Lakeuden Messukylän Rantaperkiön Nekalan Lamminpään
""".split()

COMPANY_TRADE = """
Putki Sähkötyö Leipomo Kuljetus Maalaus Kiinteistöpalvelu Kahvila Konepaja Rakennus Parturi
Tilitoimisto Autohuolto Ravintola Puutarha Hammaslääkärit Ohjelmistot Siivous Lattia Kylmä Metalli
Kirjakauppa Taksi Kukka Optikko Pesula Painotalo Lukko Katsastus Turvatekniikka Muutto
""".split()

ASSOCIATION = """
Kyläyhdistys Asukasyhdistys Voimistelijat Kuoro Partiolaiset Martat Veneilijät Urheilijat Näyttämö
Siirtolapuutarha
""".split()
