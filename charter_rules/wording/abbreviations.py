"""What short names stand for: each is spelled out where an explanation first uses it."""

from typing import Final

FRENCH: Final = {
    "PUE": "efficacité d’usage de l’énergie",
    "WUE": "efficacité d’usage de l’eau",
    "ERF": "part d’énergie réutilisée",
    "ERE": "efficacité de la réutilisation d’énergie",
    "CER": "rendement du refroidissement",
    "REF": "part d’énergie renouvelable",
    "CUE": "intensité carbone",
    "SPF": "performance saisonnière",
    "ITEEsv": "efficacité énergétique des serveurs",
    "ITEUsv": "taux d’utilisation des serveurs",
    "PRG": "potentiel de réchauffement global",
    "ICPE": "installation classée pour la protection de l’environnement",
    "CNDCP": "centres de données neutres en climat",
    "EnEfG": "loi sur l’efficacité énergétique",
    "PDU": "unités de distribution électrique",
    "SIRET": "numéro d’établissement",
    "IA": "intelligence artificielle",
}

ENGLISH: Final = {
    "PUE": "power usage effectiveness",
    "WUE": "water usage effectiveness",
    "ERF": "energy reuse factor",
    "ERE": "energy reuse effectiveness",
    "CER": "cooling efficiency ratio",
    "REF": "renewable energy factor",
    "CUE": "carbon usage effectiveness",
    "SPF": "seasonal performance factor",
    "ITEEsv": "energy efficiency of the servers",
    "ITEUsv": "utilisation of the servers",
    "GWP": "global warming potential",
    "ICPE": "installation classified for environmental protection",
    "CNDCP": "climate neutral data centres",
    "EnEfG": "Energy Efficiency Act",
    "PDU": "power distribution unit",
    "SIRET": "number of the establishment",
    "AI": "artificial intelligence",
}
