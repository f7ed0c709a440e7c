# ruff: noqa: E501 - lists of words
"""Words grouped by what they mean here, so that what holds for one holds for its kin.

``bridge`` and ``viaduct`` are one concept, ``onion`` and ``cake`` another. The learned half
sees the concepts of a piece in order, and which stand together: a knife with a wrist is
not a knife with an onion.
"""

from __future__ import annotations

from collections.abc import Sequence

_CONCEPTS = {
    "I": "i im ive id ill me",
    "MY": "my mine",
    "SELF": "myself",
    "OTHERSELF": "himself herself themselves themself",
    "YOURSELF": "yourself yourselves",
    "HE": "he hes him his hell hed",
    "SHE": "she shes her hers shell shed",
    "THEY": "they theyre them their theyve theyll theyd",
    "NOT": "not never isnt wasnt wouldnt wont didnt dont doesnt hasnt havent arent nor without no aint shouldnt cant couldnt hardly neither nah nope",
    "KILL": "kill killing killed kills murder murdering slaughter shoot shooting stab stabbing stabbed strangle merk shank behead",
    "HANGJUMP": "hang hanging jump jumping drown drowning rope roping neck overdose overdosing overdosed od unalive unaliving kms ctb topping yeet yeeting",
    "SUICIDE": "suicide suicidal selfharm sh suicides",
    "CUT": "cut cutting cuts slit slice slash slashed slicing bleed bleeding blood bled scratch burn burning scars wound",
    "HURT": "hurt hurting hurts harm harming beat beating hit hitting punch choke choking attack violent violence rape",
    "DIE": "die dying dies died dead death corpse deceased perish",
    "END": "end ending ended ends finish finished finishing over final last",
    "LIVE": "live living alive life exist existing existence lives",
    "WAKE": "wake waking woke woken sleep asleep sleeping nap",
    "WANT": "want wants wanna wanted wish wishes wished hope hoping pray praying prefer rather sooner desire",
    "GONNA": "gonna will ill going about ready decided planning plan planned intend shall mean",
    "THINK": "think thinking thought thoughts considering idea imagine picturing tempted wondering",
    "TRY": "try tried trying attempt attempted nearly almost",
    "PILLS": "pills pill tablets tablet meds medication medicine medicines overdose paracetamol bleach poison packet medicaments pastillas emoji_pills",
    "TOOK": "took taken take taking swallowed swallow ate eaten drank drunk drink downed necked",
    "BLADE": "knife blade razor scissors glass machete axe emoji_knife shank dagger sharpener knives blades razors",
    "GUN": "gun pistol rifle shotgun revolver emoji_gun bullet trigger loaded strap",
    "ROPE": "noose rope belt cord dupatta ligature tied tie knot",
    "WEAPON": "bat hammer acid petrol crowbar bats",
    "HEIGHT": "bridge roof ledge cliff cliffs viaduct tower balcony edge railing railings rail window multistorey quarry pier rooftop emoji_bridge",
    "TRACKS": "train trains tracks railway platform station metro tram emoji_train lorry crossing",
    "WATER": "river sea canal reservoir lake water weir lough dock",
    "BODY": "wrist wrists arm arms leg legs throat veins skin thigh thighs neck stomach hand hands head chest",
    "NOTE": "note notes letter letters wrote written writing will funeral grave coffin emoji_coffin emoji_grave ashes",
    "GOODBYE": "goodbye bye farewell emoji_wave tarra cheerio",
    "SORRY": "sorry forgive forgiveness pardon",
    "LOVE": "love loved loves",
    "TONIGHT": "tonight today tomorrow midnight morning evening sunrise dawn",
    "NOW": "now rn already immediately minute minutes seconds hour soon",
    "DAY": "monday tuesday wednesday thursday friday saturday sunday weekend week day",
    "FAMILY": "mum mam dad mother father parents wife husband kids children son daughter brother sister nan gran grandad family boys girls baby bairns mammy ma da mama baba uncle aunt cousin cousins brothers sisters",
    "FRIEND": "friend mate bestie friends mates flatmate roommate partner boyfriend girlfriend gf bf colleague student pupil client tenant lodger bro bestfriend neighbour",
    "EX": "ex blackmailer scammer brouteur",
    "OUTSIDE": "outside door doorstep gate window downstairs upstairs house room garden street drive kitchen flat hall lobby reception stairs",
    "COME": "coming come comes came arrived arrives driving drive follows followed following waiting waits parked knocking banging kicking knocks",
    "HIDE": "hiding hidden hide locked lock trapped stuck escape run ran",
    "MAKE": "make makes making made force forced forcing order orders ordered told tells telling tell says said saying",
    "CAM": "cam camera webcam stream streaming live call video film filming discord server vc facetime",
    "KNOWS": "address lives found tracked",
    "HONOUR": "honour honor izzat shame sharam ghairat haya",
    "MARRY": "marriage marry nikah flight ticket passport pakistan somalia",
    "GOD": "god allah lord jesus heaven hell haram sin prayer prayed dua church mosque imam priest",
    "CANT": "cant cope bear anymore longer",
    "HOPELESS": "hopeless pointless worthless trapped broken empty numb ruined nothing point",
    "BETTER": "better happier easier relieved cleaner off burden",
    "WITHOUT": "without gone disappear vanish disappeared absence",
    "BORN": "born birth",
    "CALM": "calm peace peaceful peacefully quiet rest relieved",
    "GIVE": "gave give given giving away cat dog",
    "FOOD": "onion cake pie dinner tea lunch pizza cooking kitchen pasty chips toast sandwich breakfast coffee beer wine eggs bread cheese",
    "LAUGH": "lol haha hahaha lmao emoji_laugh funny joke joking laughing laugh laughed literally jk hilarious banter",
    "GAME": "game games film movie show episode book song play playing lyrics novel telly netflix series character level boss match football team goal",
    "WORK": "work shift job boss office meeting deadline exam essay homework class lesson school teacher course thesis rehearsal",
    "TECH": "phone laptop battery screen app account password wifi internet computer link button email profile page form file browser mic charger",
    "BANK": "bank card payment money transfer refund western paypal pay paid vouchers",
    "REPORT": "report reported reporting block blocked police ceop crime evidence screenshot screenshots",
    "PAST": "ago years back used once previously then",
    "WELL": "fine okay ok well happy grand sound safe alright better brilliant recovered good great",
    "EMBARRASS": "embarrassed embarrassing embarrassment cringe awkward laughter curiosity boredom",
    "CRAFT": "art craft garden gardening hair haircut grass fabric wood sewing card cardboard lawn paper tape",
    "ANIMAL": "cat dog rabbit hamster horse vet pet fish",
    "DOCTOR": "doctor gp hospital nurse headache prescription blood pressure hayfever paracetamol dentist",
    "TRAVEL": "bus taxi traffic drive trip holiday pub walk walking bench photos cafe",
    "STUPID": "stupid something silly daft",
    "ASK": "how what where when which who can could should do does is",
}
CONCEPT = {word: name for name, listed in reversed(_CONCEPTS.items()) for word in listed.split()}
REACH = 4


def concepts(tokens: Sequence[str]) -> list[str]:
    """The concepts of the tokens, in order; ``.`` where a sentence ends."""
    found = []
    for word in tokens:
        if word in CONCEPT:
            found.append(CONCEPT[word])
        elif word in ".!?;" and found and found[-1] != ".":
            found.append(".")
    return found


def concept_grams(tokens: Sequence[str]) -> list[str]:
    """Concepts; ordered pairs up to ``REACH`` apart; threes in a row; pairs anywhere in the piece."""
    found = concepts(tokens)
    grams = [f"c {name}" for name in found]
    for place, name in enumerate(found):
        grams += [f"{name}>{other}" for other in found[place + 1 : place + 1 + REACH]]
        if place + 2 < len(found):
            grams.append(">".join(found[place : place + 3]))
    present = sorted(set(found))
    grams += [f"{a}&{b}" for place, a in enumerate(present) for b in present[place + 1 :]]
    return grams
