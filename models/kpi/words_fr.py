"""French words of the KPIs."""

from typing import Final

from models.kpi.definition import KpiGroup
from models.kpi.result import DoubtReason, Flag, Withheld
from models.kpi.words import KpiCatalogue, KpiWords, WindowWords
from models.metering.boundary import BoundaryFact

_KPIS: Final = {
    "pue": KpiWords(label="PUE", about="énergie du centre de données sur celle de l’informatique"),
    "pue_excl_heat_upgrade": KpiWords(
        label="PUE hors pompes à chaleur",
        about="pompes à chaleur de seule valorisation exclues, comme l’EnEfG allemand",
    ),
    "pue_at_25_percent_load": KpiWords(
        label="PUE à quart de charge", about="à 25 % de la puissance informatique nominale"
    ),
    "load_factor": KpiWords(
        label="taux de charge", about="puissance informatique sur puissance nominale"
    ),
    "cer": KpiWords(label="CER", about="chaleur retirée sur électricité du froid"),
    "facility_energy": KpiWords(label="énergie du centre de données", about="tout ce qui y entre"),
    "trajectory_ratio": KpiWords(
        label="énergie rapportée à la trajectoire de la Ville",
        about="indice : sur ce que permettrait la trajectoire d’une empreinte",
    ),
    "recovered_heat": KpiWords(label="chaleur récupérée", about="là où elle est livrée"),
    "erf": KpiWords(label="ERF", about="chaleur réutilisée sur énergie du centre de données"),
    "ere": KpiWords(label="ERE", about="PUE, chaleur réutilisée déduite"),
    "seasonal_factor": KpiWords(
        label="performance saisonnière (SPF)",
        about="chaleur des pompes sur leur électricité",
    ),
    "delivered_temperature": KpiWords(
        label="température livrée", about="moyenne pondérée par la chaleur"
    ),
    "wue": KpiWords(label="WUE", about="eau entrante par kWh informatique, de toute origine"),
    "wue_potable": KpiWords(label="WUE, eau potable", about="l’eau potable seule"),
    "wue_fresh": KpiWords(label="WUE, eau douce", about="l’eau potable et ce qui est déclaré"),
    "ref": KpiWords(label="REF", about="part renouvelable"),
    "renewable_onsite_ratio": KpiWords(
        label="part renouvelable produite sur place",
        about="produite et utilisée sur place, sur toute l’énergie",
    ),
    "cue_location": KpiWords(label="CUE", about="carbone du réseau, facteur déclaré"),
    "carbon_avoided": KpiWords(label="carbone évité", about="selon la source remplacée, déclarée"),
    "carbon_avoided_low": KpiWords(
        label="carbone évité, au moins", about="facteurs déclarés les moins favorables"
    ),
    "carbon_avoided_high": KpiWords(
        label="carbone évité, au plus", about="facteurs déclarés les plus favorables"
    ),
    "cooling_degree_days": KpiWords(
        label="degrés-jours de refroidissement", about="base 21 °C, capteur du site"
    ),
    "inlet_air_temp": KpiWords(
        label="température de l’air à l’entrée des serveurs",
        about="moyenne des capteurs dans le temps",
    ),
    "supply_air_compliance": KpiWords(
        label="air à l’entrée des serveurs", about="part du temps dans la classe déclarée"
    ),
    "liquid_supply_compliance": KpiWords(
        label="eau vers les baies", about="part du temps dans la classe déclarée"
    ),
    "noise_emergence_day": KpiWords(
        label="émergence de jour", about="de 7 h à 22 h, au pire des points"
    ),
    "noise_emergence_night": KpiWords(
        label="émergence de nuit", about="de 22 h à 7 h, au pire des points"
    ),
    "noise_boundary_day": KpiWords(
        label="niveau de jour en limite de propriété", about="de 7 h à 22 h, au point le plus fort"
    ),
    "noise_boundary_night": KpiWords(
        label="niveau de nuit en limite de propriété", about="de 22 h à 7 h, au point le plus fort"
    ),
    "itee_sv": KpiWords(
        label="ITEEsv", about="puissance de calcul par watt des serveurs, déclarée"
    ),
    "iteu_sv": KpiWords(label="ITEUsv", about="utilisation moyenne des serveurs, déclarée"),
    "refrigerant_gwp": KpiWords(
        label="PRG", about="du fluide frigorigène le plus défavorable, déclaré"
    ),
}

_WINDOWS: Final = {
    "15min": WindowWords(heading="15 min", over="15 minutes"),
    "hour": WindowWords(heading="cette heure", over="l’heure"),
    "today": WindowWords(heading="aujourd’hui", over="la journée"),
    "week": WindowWords(heading="cette semaine", over="la semaine"),
    "month": WindowWords(heading="ce mois", over="le mois"),
    "quarter": WindowWords(heading="ce trimestre", over="le trimestre"),
    "year": WindowWords(heading="cette année", over="l’année"),
    "12months": WindowWords(heading="12 mois", over="12 mois"),
    "previous_hour": WindowWords(heading="l’heure passée", over="l’heure précédente"),
    "previous_day": WindowWords(heading="hier", over="la journée précédente"),
    "previous_week": WindowWords(heading="la semaine passée", over="la semaine précédente"),
    "previous_month": WindowWords(heading="le mois passé", over="le mois précédent"),
    "previous_quarter": WindowWords(heading="le trimestre passé", over="le trimestre précédent"),
    "previous_year": WindowWords(heading="l’an passé", over="l’année précédente"),
    "previous_12months": WindowWords(heading="12 mois d’avant", over="les 12 mois d’avant"),
    "last_day": WindowWords(heading="hier de 7 h à 22 h", over="la dernière journée"),
    "last_night": WindowWords(heading="la nuit dernière", over="la dernière nuit"),
    "base_year": WindowWords(heading="année de référence", over="l’année de référence"),
    "declared": WindowWords(heading="déclaré", over="la dernière déclaration"),
}

_FLAGS: Final = {
    Flag.BRIDGED: "reconstitué en partie par les index",
    Flag.PARTLY_MISSING: "une partie de la période manque",
    Flag.DT_BELOW_MIN: "écart de température sous le minimum du compteur : hors domaine",
    Flag.OLD_RESIDUAL: "niveau résiduel ancien",
    Flag.WIND_UNKNOWN: "vent inconnu",
    Flag.CAPPED: "plafonné à 1",
    Flag.DECLARED_INPUT: "avec une donnée déclarée",
    Flag.CARRIER_LACKING: "une énergie qui entre n’est pas comptée : le vrai est plus haut",
    Flag.VOLUME_UNKNOWN: (
        "volume d’un compteur de chaleur inconnu : le pire cas de sa classe est retenu"
    ),
}

_BOUNDARY_FACTS: Final = {
    BoundaryFact.IT_AT_UPS_OUTPUT: "informatique mesurée en sortie des onduleurs",
    BoundaryFact.IT_AT_PDU: "informatique mesurée aux unités de distribution",
    BoundaryFact.IT_FED_PAST_THE_UPS: "une partie de l’informatique n’est pas ondulée",
    BoundaryFact.NON_IT_TAKEN_OUT: "les charges non informatiques en aval sont déduites",
    BoundaryFact.OTHER_LOADS_TAKEN_OUT: "les charges de tiers sont déduites",
    BoundaryFact.EXPORT_TAKEN_OUT: "l’électricité rendue est déduite",
    BoundaryFact.BOUGHT_COOLING_COUNTED: "froid acheté compté à son poids déclaré",
    BoundaryFact.BOUGHT_COOLING_LACKING: "froid acheté non compté : aucun poids déclaré",
    BoundaryFact.BOUGHT_FUEL_COUNTED: "combustible acheté compté à son poids déclaré",
    BoundaryFact.BOUGHT_FUEL_LACKING: "combustible acheté non compté : aucun poids déclaré",
}

FRENCH: Final = KpiCatalogue(
    kpis=_KPIS,
    groups={
        KpiGroup.ENERGY: "Énergie",
        KpiGroup.HEAT: "Chaleur",
        KpiGroup.WATER: "Eau",
        KpiGroup.CARBON: "Carbone et renouvelables",
        KpiGroup.CONDITIONS: "Conditions",
        KpiGroup.NOISE: "Bruit",
        KpiGroup.EQUIPMENT: "Matériel",
    },
    windows=_WINDOWS,
    withheld={
        Withheld.LOW_COVERAGE: "couverture trop faible",
        Withheld.FROZEN: "un compteur n’avance pas",
        Withheld.NO_DATA: "aucune donnée",
        Withheld.NO_METER: "aucun compteur",
        Withheld.ZERO_DENOMINATOR: "dénominateur nul",
        Withheld.IMPOSSIBLE: "résultat impossible : un compteur se trompe",
        Withheld.NOT_REACHED: "la charge visée n’a pas été atteinte",
        Withheld.NOT_REUSE_ONLY: (
            "toutes les pompes à chaleur ne sont pas déclarées servir la seule valorisation"
        ),
        Withheld.NO_BASE_YEAR: "aucune année de référence n’est déclarée",
    },
    flags=_FLAGS,
    doubts={
        DoubtReason.FROZEN: "son index n’avance pas",
        DoubtReason.NEVER_MOVED: "son index n’a jamais bougé, ce qui ne prouve pas un zéro",
        DoubtReason.SECOND_CALCULATION: "son index et le calcul par débit et ΔT ne concordent pas",
        DoubtReason.BALANCE: "le bilan de son nœud ne boucle pas, et il en est la cause probable",
        DoubtReason.UNIT: (
            "au regard de sa puissance nominale, il semble compter dans une autre unité"
        ),
        DoubtReason.RATE: "il compte plus vite que sa puissance nominale ne le permet",
        DoubtReason.NOT_RECORDED: "l’historique ne dit ni lequel, ni pourquoi",
    },
    boundary_facts=_BOUNDARY_FACTS,
)
