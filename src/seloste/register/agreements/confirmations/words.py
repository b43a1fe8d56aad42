"""The words of confirmations, in Finnish, Swedish and English.

Law: KSL 6:13-14, 6:16-17; SML 588/2013 88 §; Decree 110/2014 on the instructions of withdrawal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seloste.kernel.languages import Language

    Words = Mapping[Language, str]

KIND: dict[str, Words] = {
    "network": {"fi": "sähköverkkosopimus", "sv": "elnätsavtal", "en": "electricity network agreement"},
    "sale": {"fi": "sähkönmyyntisopimus", "sv": "elförsäljningsavtal", "en": "electricity sale agreement"},
    "heat": {"fi": "kaukolämpösopimus", "sv": "fjärrvärmeavtal", "en": "district heat agreement"},
    "cooling": {"fi": "kaukojäähdytyssopimus", "sv": "fjärrkylaavtal", "en": "district cooling agreement"},
    "service": {"fi": "palvelusopimus", "sv": "serviceavtal", "en": "service agreement"},
}

TITLE: dict[str, Words] = {
    "opened": {"fi": "Sopimusvahvistus", "sv": "Avtalsbekräftelse", "en": "Confirmation of your agreement"},
    "moved_in": {
        "fi": "Vahvistus sisäänmuutosta",
        "sv": "Bekräftelse av inflyttning",
        "en": "Confirmation of your move in",
    },
    "changed": {
        "fi": "Vahvistus tuotteen vaihdosta",
        "sv": "Bekräftelse av produktbyte",
        "en": "Confirmation of the change of product",
    },
    "ended": {
        "fi": "Vahvistus sopimuksen päättymisestä",
        "sv": "Bekräftelse av att avtalet upphör",
        "en": "Confirmation that your agreement ends",
    },
    "moved_out": {
        "fi": "Vahvistus poismuutosta",
        "sv": "Bekräftelse av utflyttning",
        "en": "Confirmation of your move out",
    },
    "stays": {
        "fi": "Vahvistus muuton perumisesta",
        "sv": "Bekräftelse av att flyttningen inställts",
        "en": "Confirmation that your move was called off",
    },
    "cancelled": {
        "fi": "Vahvistus sopimuksen perumisesta",
        "sv": "Bekräftelse av att avtalet annullerats",
        "en": "Confirmation that your agreement was cancelled",
    },
    "withdrawn": {
        "fi": "Vahvistus peruuttamisilmoituksesta",
        "sv": "Bekräftelse av ångeranmälan",
        "en": "Confirmation of your withdrawal",
    },
    "joined": {
        "fi": "Vahvistus sopimuskumppaniksi tulosta",
        "sv": "Bekräftelse av att en medkontrahent anslutits",
        "en": "Confirmation of a joint holder",
    },
    "left": {
        "fi": "Vahvistus sopimuskumppanin poistumisesta",
        "sv": "Bekräftelse av att en medkontrahent lämnat avtalet",
        "en": "Confirmation that a joint holder left",
    },
    "passed_on": {
        "fi": "Vahvistus sopimuksen siirtymisestä",
        "sv": "Bekräftelse av att avtalet övergått",
        "en": "Confirmation that the agreement passed on",
    },
    "estate": {
        "fi": "Vahvistus sopimuksen jatkumisesta kuolinpesälle",
        "sv": "Bekräftelse av att avtalet fortsätter för dödsboet",
        "en": "Confirmation that the agreement goes on for the estate",
    },
}
"""The heading, by what is confirmed; these are all there are."""

SAID: dict[str, Words] = {
    "opened": {
        "fi": "Olemme tehneet kanssanne tämän sopimuksen.",
        "sv": "Vi har ingått detta avtal med er.",
        "en": "We have made this agreement with you.",
    },
    "moved_in": {
        "fi": "Toimitus alkaa uudessa käyttöpaikassa nimellänne.",
        "sv": "Leveransen på den nya förbrukningsplatsen börjar i ert namn.",
        "en": "Supply at the new point begins in your name.",
    },
    "changed": {
        "fi": "Sopimuksenne jatkuu uudella tuotteella.",
        "sv": "Ert avtal fortsätter med en ny produkt.",
        "en": "Your agreement goes on with another product.",
    },
    "ended": {
        "fi": "Sopimus päättyy. Lähetämme loppulaskun toteutuneen käytön mukaan.",
        "sv": "Avtalet upphör. Vi skickar en slutfaktura enligt den faktiska förbrukningen.",
        "en": "The agreement ends. We send a final invoice for what was used.",
    },
    "moved_out": {
        "fi": "Toimitus teille päättyy tässä käyttöpaikassa. Lähetämme loppulaskun toteutuneen käytön mukaan.",
        "sv": "Leveransen till er på denna plats upphör. Vi skickar en slutfaktura enligt den faktiska förbrukningen.",
        "en": "Supply to you at this point ends. We send a final invoice for what was used.",
    },
    "stays": {
        "fi": "Poismuutto on peruttu, ja sopimus jatkuu ennallaan.",
        "sv": "Utflyttningen har inställts, och avtalet fortsätter som förut.",
        "en": "Your move out was called off, and the agreement goes on as before.",
    },
    "cancelled": {
        "fi": "Sopimus on peruttu, eikä se ole ollut voimassa. Jo laskutettu hyvitetään.",
        "sv": "Avtalet har annullerats och har inte varit i kraft. Det som redan fakturerats gottgörs.",
        "en": "The agreement was cancelled and was never in force. What was invoiced already is credited.",
    },
    "withdrawn": {
        "fi": "Olemme saaneet peruuttamisilmoituksenne määräajassa. Ennen peruutusta toimitetusta laskutetaan, jos pyysitte toimituksen alkavan peruuttamisaikana.",
        "sv": "Vi har fått er ångeranmälan inom ångerfristen. Det som levererats dessförinnan faktureras, om ni bett att leveransen börjar under ångerfristen.",
        "en": "We received your withdrawal in time. What was supplied before it is invoiced, if you asked for supply to begin within the time of withdrawal.",
    },
    "joined": {
        "fi": "Sopimuksella on tästä päivästä useampi haltija. Haltijat vastaavat sopimuksesta yhdessä.",
        "sv": "Avtalet har från denna dag flera innehavare. Innehavarna ansvarar gemensamt för avtalet.",
        "en": "From this day the agreement has several holders, who answer for it together.",
    },
    "left": {
        "fi": "Sopimuskumppani ei enää ole sopimuksen haltija. Sopimus jatkuu muilta osin ennallaan.",
        "sv": "Medkontrahenten är inte längre innehavare av avtalet. Avtalet fortsätter i övrigt som förut.",
        "en": "The joint holder does not hold the agreement any more. Otherwise it goes on as before.",
    },
    "passed_on": {
        "fi": "Käyttöpaikan sopimus on siirtynyt teille. Aiemman haltijan velvollisuudet eivät siirry.",
        "sv": "Avtalet för förbrukningsplatsen har övergått till er. Den tidigare innehavarens skyldigheter övergår inte.",
        "en": "The agreement of this point passed on to you. What the holder before owes does not.",
    },
    "estate": {
        "fi": "Otamme osaa suruunne. Sopimus jatkuu kuolinpesän nimissä, kunnes pesä sen päättää tai siirtää.",
        "sv": "Vi beklagar sorgen. Avtalet fortsätter i dödsboets namn tills boet avslutar eller överför det.",
        "en": "We are sorry for your loss. The agreement goes on in the name of the estate until it ends it or passes it on.",
    },
}

LABEL: dict[str, Words] = {
    "agreement": {"fi": "Sopimus", "sv": "Avtal", "en": "Agreement"},
    "number": {"fi": "Sopimusnumero", "sv": "Avtalsnummer", "en": "Agreement number"},
    "company": {"fi": "Yhtiö", "sv": "Bolag", "en": "Company"},
    "holder": {"fi": "Haltija", "sv": "Innehavare", "en": "Holder"},
    "parties": {"fi": "Muut haltijat", "sv": "Övriga innehavare", "en": "Joint holders"},
    "point": {"fi": "Käyttöpaikka", "sv": "Förbrukningsplats", "en": "Point of supply"},
    "address": {"fi": "Käyttöpaikan osoite", "sv": "Platsens adress", "en": "Address of the point"},
    "product": {"fi": "Tuote", "sv": "Produkt", "en": "Product"},
    "term": {"fi": "Määräaika", "sv": "Tidsbundet", "en": "Fixed term"},
    "begins": {"fi": "Alkaa", "sv": "Börjar", "en": "Begins"},
    "ends": {"fi": "Viimeinen päivä", "sv": "Sista dag", "en": "Last day"},
    "lasts": {"fi": "Voimassa", "sv": "I kraft", "en": "In force"},
    "since": {"fi": "Voimassa alkaen", "sv": "I kraft från och med", "en": "From"},
}

TERM: Words = {"fi": "{0} kuukautta", "sv": "{0} månader", "en": "{0} months"}
OPEN_ENDED: Words = {"fi": "toistaiseksi", "sv": "tills vidare", "en": "until further notice"}
NOT_SHOWN: Words = {
    "fi": "ei näytetä (turvakielto)",
    "sv": "visas inte (spärrmarkering)",
    "en": "not shown (protected address)",
}
ESTATE: Words = {"fi": "{0}, kuolinpesä", "sv": "{0}, dödsbo", "en": "{0}, estate"}

WITHDRAWAL: Words = {
    "fi": "Peruuttamisoikeus: sopimus on tehty etämyynnissä. Voitte peruuttaa sen syytä ilmoittamatta 14 päivän kuluessa tästä vahvistuksesta, viimeistään {last}. Ilmoittakaa peruutuksesta yksiselitteisesti, esimerkiksi kirjeellä tai sähköpostilla: {contact}. Ilmoitus on ajoissa, kun se on lähetetty ennen määräajan päättymistä. Jos olette pyytäneet toimituksen alkavan peruuttamisaikana, maksatte siitä, mikä on toimitettu ennen ilmoitustanne.",
    "sv": "Ångerrätt: avtalet har ingåtts vid distansförsäljning. Ni kan frånträda det utan att ange något skäl inom 14 dagar från denna bekräftelse, senast {last}. Meddela oss ert beslut entydigt, till exempel per brev eller e-post: {contact}. Meddelandet är i tid om det sänds innan fristen löper ut. Om ni bett att leveransen börjar under ångerfristen betalar ni för det som levererats före meddelandet.",
    "en": "Right of withdrawal: this agreement was made at a distance. You may withdraw from it without giving any reason within 14 days of this confirmation, by {last} at the latest. Tell us so in a clear statement, for example by letter or e-mail: {contact}. It is in time if it is sent before the period has expired. If you asked for supply to begin within that period, you pay for what was supplied before your statement.",
}
CONTACT: Words = {
    "fi": "Jos jokin tässä ei pidä paikkaansa, ottakaa yhteyttä: {contact}.",
    "sv": "Om något här inte stämmer, kontakta oss: {contact}.",
    "en": "If anything here is not right, please tell us: {contact}.",
}

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
