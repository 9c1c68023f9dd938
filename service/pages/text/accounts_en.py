"""The pages of accounts in English."""

ACCOUNTS_ENGLISH = {
    "account_link": "Account",
    "sign_in_title": "Sign in",
    "sign_in_intro": (
        "Without an account you see what is public. An account shows more, as far as its roles "
        "go: operators, heat takers, planners, inspectors."
    ),
    "sign_in_login": "Login name",
    "sign_in_password": "Password",
    "sign_in_button": "Sign in",
    "sign_in_refused": "The name or the password is wrong, or the account is disabled.",
    "sign_in_delayed": "Too many failed tries. Try again in {wait}.",
    "sign_in_busy": "Many people are signing in at this moment. Try again in a few seconds.",
    "sign_in_store_away": "Nobody can sign in: the database does not answer. Try again later.",
    "form_refused": (
        "The form was open for too long, or was not sent from this page. Please try again."
    ),
    "signed_in_as": "You are signed in as {name} ({login}).",
    "signed_in_roles": "Roles",
    "signed_in_no_role": "No role yet: you see what everybody sees. Ask an administrator.",
    "role_everywhere": "{role}, all sites",
    "role_at": "{role}, {site}",
    "role_taker": "{role} {taker}, {site}",
    "role_heat_taker": "heat taker",
    "role_operator": "operator",
    "role_planner": "planner",
    "role_inspector": "inspector",
    "role_administrator": "administrator",
    "provider_title": "With {provider}",
    "provider_intro": "For those to whom the City or the State gave an account there.",
    "provider_button": "Sign in with {provider}",
    "provider_lost": (
        "The sign-in took more than ten minutes, or was begun in another browser. "
        "Please begin again."
    ),
    "provider_refused": "{provider} did not sign you in: it was refused or cancelled.",
    "provider_away": (
        "{provider} does not answer at this moment. Try again later, or sign in with a password "
        "of Boucle if you have one."
    ),
    "provider_token": (
        "What {provider} answered cannot be taken, so that nobody was signed in. "
        "Please tell an administrator of Boucle."
    ),
    "provider_disabled": "Your account in Boucle is disabled. Ask an administrator.",
    "way_out_title": "Signed out",
    "way_out_done": "You are signed out of Boucle.",
    "way_out_link": "Sign out of {provider}, too",
    "sign_out_button": "Sign out",
    "password_title": "Change password",
    "password_must": "Somebody else knows your password. Choose your own before anything else.",
    "password_rules": (
        "At least 12 characters. Several words in a row are easy to remember and hard to guess."
    ),
    "password_old": "Present password",
    "password_new": "New password",
    "password_button": "Change password",
    "password_wrong": "The present password is wrong.",
    "password_too_short": "The new password has fewer than 12 characters.",
    "password_too_long": "The new password has more than 256 characters.",
    "password_common": "The new password is among those that are tried first.",
    "password_like_login": "The new password is little more than your login name.",
    "password_repetitive": "The new password repeats a few characters.",
    "password_unchanged": "The new password is the one you have.",
    "demo_roles": "Try a role",
    "demo_intro": "This is the demo on a simulated plant: one click signs you in.",
}
