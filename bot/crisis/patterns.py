# ruff: noqa: E501 - lists of words
"""What a crisis sounds like: spaCy token patterns in named groups, one group a reason.

Written for text that ``text.normalise``, ``text.words`` and ``spelling.plain`` have
been over: lower case, no apostrophes, one spelling (``im``, ``gonna``, ``tonight``).

A line is a sequence of tokens. ``a|b`` is one token of several; ``$NAME`` is a set below;
``x?`` may be missing; ``*3`` is up to three words within the sentence; ``~word`` allows
slips of the finger (spaCy's FUZZY).

Each line has earned its place on the training messages: four times in five or more that it fires,
the message is to be handed over (``docs/crisis.md``).
"""

from __future__ import annotations

from bot.crisis.levels import Level

SETS: dict[str, str] = {
    "KILL": "kill killing hang hanging drown drowning shoot shooting top topping neck necking unalive unaliving strangle strangling poison poisoning stab stabbing off offing kys rope roping gas gassing murder",
    "HARM": "cut cutting hurt hurting harm harming burn burning scratch scratching injure injuring punish punishing slice slicing starve starving",
    "SOON": "tonight tomorrow today now midnight soon later minute minutes min mins hour hours morning friday saturday sunday monday tuesday wednesday thursday weekend sunset sunrise dawn rn",
    "WHEN": "tonight tomorrow today midnight",
    "PILLS": "pills tablets overdose medicine medicines medication medicaments bleach poison meds",
    "TOOK": "taken took take taking swallowed swallow swallowing eaten ate eat drank drunk drink downed necked had",
    "WHO": "he she they hes shes theyre son daughter brother sister friend mate wife husband mum dad mother father boyfriend girlfriend partner cousin nephew niece flatmate roommate girl boy lad lass student pupil client bestie bro sis gf bf grandson granddaughter twin tenant colleague uncle aunt nan child kid someone somebody teenager stepson stepdaughter workmate classmate neighbour resident",
    "HIM": "himself herself themselves",
}

GROUPS: dict[str, tuple[Level, str]] = {}


def _group(name: str, level: Level, lines: str) -> None:
    GROUPS[name] = (level, lines)


# Imminent: in progress, means in hand, or a plan with a time.
_group(
    "kill_when",
    Level.IMMINENT,
    """
$KILL *1 myself *6 $WHEN
$KILL *1 myself *3 $SOON
kms *2 $SOON
ctb *2 $SOON
suicide *2 $WHEN
unalive *3 $SOON
$WHEN *6 $KILL *1 myself
$SOON *4 gonna|will|ill *2 $KILL *1 myself
end|ending|take|taking|finish my|own life|it|this *4 $WHEN
end|ending|take|taking|finish my own? life *4 $SOON
$WHEN *5 end|ending|take|taking|finish my own? life
$WHEN *5 i hang|die|jump
jump|jumping|jumps *4 $WHEN
gonna|ill|will|im jump|jumping|hang|drown *4 $SOON
gonna|will|ill|must die|jump *3 $WHEN
wont|not be alive|here|around|there *3 $WHEN|morning
dead by|before *3 $SOON
last night alive|ever|on
topping|roping|necking|offing|unaliving *2 $WHEN
""",
)
_group(
    "going_now",
    Level.IMMINENT,
    """
$KILL *1 ~myself *1 tonight|today|tomorrow|now
wrong|other side of *1 rail|railing|railings|barrier|fence
going|walking|heading|driving|leaving|drive|walk|off|way|gone *3 to|into|for *2 bridge|tracks|cliffs|cliff|river|sea|railway|viaduct|canal|quarry *6 end|die|over|jump|wont|not|never|goodbye|bye|finish|in
jump|jumping|throw|throwing|chuck|step|stepping|go|going *2 under|in *2 front|train|lorry|bus|tube *3 train|lorry|now|tonight|tomorrow
next train *3 mine|under|me|last
i|im|ill pull|pulling the trigger
let|letting go of *2 rail|railing|railings
not|never|wont|isnt|aint *2 coming|walking|swimming|driving|going *1 back|home *1 from|up|down|out|alive
never see|wake *2 tomorrow|morning|again
wont be here|around|alive *4 tomorrow|tonight|morning|monday|weekend|when|by|after|9|10
dead by|before *2 tonight|tomorrow|midnight|morning|sunrise|dawn|noon|monday|friday|sunday|weekend|time|he|they|she
gone by *2 tonight|tomorrow|midnight|morning|sunrise|dawn|time
ill|be|im *1 dead|gone *2 when|before|by *3 wake|read|find|posts|sends|home|morning|tomorrow|get
if i die|killed|kill tonight|today|tomorrow
last night|day|hour|message *2 alive|earth|ever|life|anyone|here
goodbye world|everyone|mum|mam|family|cruel|forever
bye everyone|world|forever|mum|all
i|ill|im|gonna|will|must|to *1 die|jump|hang *2 tonight|tomorrow|midnight
clocking|checking|logging|signing *1 out|off *3 forever|permanently|good|life|last|world
got|have|bought|brought|set|is|are *3 rope|noose|pills|tablets|blade|razor|knife|gun *3 ready|tonight|waiting|prepared|lined|loaded
everything|all|evrything|it *1 is? *1 ready|prepared|set|prepare *3 tonight|now|bag|shed|room|cupboard
ive|i picked|chosen|chose *2 date|day|night|bridge
gonna|will|ill|im *1 do|doing it *3 tonight|now|today|tomorrow|morning|asleep|bed|midnight|minute|hour|friday|sunday|monday|saturday|leaves|alone|home|b4|before
ive|have|just|already *1 done it *2 now|goodbye|bye|tell|sorry|waiting
its|it done|happening *2 now|already
abt|about to do it
working up to it
too late *3 took|taken|already|done|tell|swallowed
in the car *4 engine|exhaust|garage
""",
)
_group(
    "taken",
    Level.IMMINENT,
    """
ive|just|already|have overdose
$TOOK *3 bottle|packet|box|handful *1 of? $PILLS
$TOOK *3 overdose
rope|noose|belt|cord *2 round|around *1 my? neck
$TOOK *1 all|loads|too|whole|every|bunch|handful|half|lots|bottle|packet|box|strip *4 $PILLS
already|just|ive *1 took|taken|swallowed|swallow|drank|drunk|necked *3 pills|tablets|bleach|poison|lot|them|stuff|something|cupboard
swallowed|swallow|necked|downed *4 pills|tablets|bleach|poison|bottle|packet|lot|everything|cupboard|box|medicine|stuff
pills|tablets *2 gone|down|swallowed|inside|kicking|working|in *1 me
emoji_pills *3 gone|done|down|bye|night|tonight|goodbye|already
took|taken|done something *4 sleepy|drowsy|dizzy|hurt|regret|die|stupid|bad
took|taken|swallowed|had *3 too many *2 tablets|pills|paracetamol|of
$PILLS *6 sleepy|drowsy|dizzy|burning|birling|spinning|fuzzy|numb
$PILLS *8 changed my mind
""",
)
_group(
    "bleeding",
    Level.IMMINENT,
    """
cut|slit|slashed|opened|sliced|cutting|slitting|slicing|slashing *3 wrist|wrists|veins|throat|artery
cut *2 too deep
cut|slashed|sliced *1 myself *4 deep|bad|badly|stop|blood|bleeding|hospital|bath
bleeding|blood *6 wont|not|cant|isnt *1 stop|stopping
losing|lost|so|lots|much *2 blood
knife|blade|razor|glass|scissors *3 to|on|against|at my *1 wrist|wrists|throat|arm|neck|skin|vein|chest|leg
loaded *3 gun|shotgun|rifle|pistol
gun|shotgun|rifle|pistol|revolver *3 loaded|lap|table
""",
)
_group(
    "letters_left",
    Level.IMMINENT,
    """
note|letter|letters|notes *3 written|done|ready|sealed|stamped *5 goodbye|bye|tonight|rope|going|evening|gone|ready|now|die
suicide note
goodbye letter|letters|note|notes|text|message|texts|msg|msgs|video
said|say|saying|sent *2 goodbye|goodbyes|bye *3 everyone|mum|mam|dad|kids|family|wife|husband|boys|girls|children|brother|sister|cat|dog|all
tell *2 mum|mam|mom|dad|wife|family|kids|boys|girls|parents|nan|mammy|mother *2 im|i *2 sorry|love|loved
find|finds|found *1 me|body *5 dead|gone|hanging|morning|note
""",
)

# Danger: from others, here or on the way; or made to hurt or perform now.
_group(
    "here_now",
    Level.DANGER,
    """
hes|shes|theyre outside *3 my|our|now|rn|door|house|again|shouting|with|in
hes|shes|theyre *2 at|on *1 my|the|our *1 front? *1 door|doorstep|gate|window
hes|shes|theyre *1 in|inside *1 my|the|our|me *1 back? house|flat|home|garden|building|stairwell|hallway|loft
hes|theyre|shes|just *1 got|come|broken|forced|let in|inside|himself|themselves *2 now|the|house|back|help
hes|shes|theyre|man|someone|people|him|ex|they *4 banging|knocking|kicking|hammering|pounding|hitting|battering|trying|breaking|smashing|buzzing *4 door|window|gate|handle|buzzer
theyre|hes|is|are kicking|breaking|smashing|battering *2 door|window|in
door *3 banging|kicked|kicking|hammering|forced
following|followed|chasing me *2 home|now|rn|right
hiding *2 in|from|under|upstairs *3 bathroom|wardrobe|cupboard|loft|shed|room|toilet|him|them|bed|toilets
i|im|we|ive *2 hidden|hiding|locked|locking|close *4 bathroom|wardrobe|cupboard|toilet|loft|shop|toilets|room
coming|comes|come up the stairs
hes|theyre|they|he|they|are|is *2 coming|driving|heading|travelling|flying *4 kill|hurt|get|beat|stab|find|burn *1 me|us
will|gonna|ill|hell|theyll|is|are|he|they *1 come|coming|comes|be *3 my|mine|our|the *1 house|home|door|flat|room|work|school *4 tonight|now|today|tomorrow|hour|minutes|mins|kill|hurt|knife|if|pm
wont|cant|not|refuses|refusing *2 let|leave *1 me *2 leave|go|out|alone
locked *1 me|us *1 in|inside|up
locked the|all *1 door|doors *4 passport|me|us|phone|out
holding|keeping|trapped|stuck *2 in|at his|her|the *1 flat|house|room|car
in his flat|car|house|room *4 cant|wont|help|locked|phone|scared|out
hes|he|theyre|they got|have|has *2 knife|gun|machete|blade|bat|hammer|acid|petrol|shank|axe *4 outside|door|here|now|said|showed
next room *3 help|cant|police
""",
)
_group(
    "violence",
    Level.DANGER,
    """
father|dad|brothers|brother|uncle|uncles|cousins|cousin|husband|family|mother|baba|abu|abbu|parents|laws|they|theyll|he|hell *6 gonna|will|want|wants|going|decided|to|would *1 kill|murder|slaughter|burn|stab|shoot|behead me *4 honour|honor|izzat|shame|joking|tonight
hell|theyll|shell|will *1 stab|slash|behead me|us
kill|murder|stab|burn me *3 honour|honor|izzat
kill me *3 not|really|actually|literally|seriously|mean *2 joking|mean|exaggerating|joke|really
said|says|threatened|threatening *4 throw|thrown acid
throw acid
acid *3 face|me|us
set|burn|burning|torch *2 my|our|the house|home|flat|car *3 fire|down|us
he|she|dad|hes|husband|bf|ex|stepdad|brother|theyre|they *3 hitting|beating|choking|strangling|punching|attacking|stabbing|kicking me|mum|us|her|my
flight|ticket|tickets|fly|flying|plane|sending|taking|taken *3 pakistan|somalia|india|bangladesh|mirpur|abroad|iraq|back|home *8 marry|marriage|married|back|nikah|kill|uncle
forced|force *2 marriage|marry|nikah
taken|took|hid|hidden|has|got|locked *2 my *1 passport|phone *5 flight|locked|marry|room|kill|pakistan|decide|decided
wash *3 shame|honour|name *3 blood
put|bury me in|under *1 the ground
cut *2 my|our|your throat|throats
dug *2 hole|grave
""",
)
_group(
    "made_to",
    Level.DANGER,
    """
make|makes|making|made|force|forces|forcing|forced|order|orders|ordered|ordering|telling|tell|tells|told|want|wants|oblige|require|says|said|say *3 me|us|her|him|my *5 $HARM|carve|strike|slap|hit|hurt|bleed *4 myself|himself|herself|arm|leg|skin|cat|dog|brother|sister|name|cam|camera|live|call|stream|film|them
make|makes|making|made|force|forcing|forces|forced *1 me|us|her|him *3 cut|hurt|bleed|carve|strip|perform|stream|drink|hit|harm
makes|making|made|force|forcing|order|ordering|keep|keeping me|us|her|him *4 on *2 cam|camera|video|live|call|stream
stay|keep|remain on *1 the? *1 cam|camera|call|live
cut|cutting|burn|hurt|harm|hit|slap|bleed|carve|harming *4 on|for|while|during *2 cam|camera|stream|call|live|video|film|facetime|vc|webcam|server|them|him
cut|carve|carved|write|burn *4 his|her|their|there|name *1 name|into|on *3 leg|arm|skin|thigh|stomach|chest|body
hurt|hurting|slap|hit|kill|stab|harm|burn|push *3 brother|sister|cat|dog|hamster|bro|sis|pet|baby|someone|mum *5 film|cam|camera|video|live|stream|post|posts|leak|leaks|or|send|sends
cut deeper
hes|theyre|they *2 watching *4 cut|burn|hurt|camera|cam|live
live|livestream|stream *3 right now|now *5 telling|tell|make|making|cut|orders
do *2 live *4 or *3 sister|brother|mum|post|leak|send
""",
)

# Active: wants to, thinks of, or prepares to kill or harm themselves.
_group(
    "wants_to_die",
    Level.ACTIVE,
    """
wanna|gonna|ready|want end it all
$KILL *1 ~myself
wanna|want kill|die|dead|hang|suicide
i|im|to|just|really|rather|ready *1 wanna|want|wish|ready|need|deserve *2 to? *1 die|dead
wanna|want|going|gonna|ready|trying|able|decided *1 to? end my own? life
end|ending|take|taking|took|finish|finishing|ended|ends|takes *1 my|his|their|ones own? life
think|thinking|thought|thoughts|thinkin|considering|plan|planning|planned|googled|googling|searched|research|researching|reading|looked|looking|asking *5 suicide|overdose|overdosing|jumping|hanging|dying|drowning|die
think|thinking|thought|thoughts *3 about|of *3 ending|killing|jumping|dying|hanging|drowning|offing|topping|od
ways|way|how|methods|places *3 to *1 die|kill|hang|overdose|end *1 myself|it|life|painlessly
ways to go
least|painless|quickest *2 way *2 die|go|end
suicidal
suicide *5 mind|only|answer|thoughts|option|head|day|night|tempted|planning|way|sin
thoughts|idea|tempted|feeling|attempt|commit|committing|make|do *2 suicide|suicidal
sui thoughts
suicide
kill|kills *1 oneself
kms
ctb
selfharm
unalive|unaliving|kermit *2 myself|me|tonight|suicide
do|doing|done|did|put away|myself *1 in|myself
finish|finishing|end|ending|delete|deleting|off|offing|yeet|yeeting|oof|drown|hang|rope|gas|neck|top|topping|erase|burn|stab *1 myself
throw|throwing|chuck|chucking|fling|yeet|launch *1 myself *3 off|under|front|bridge|train|from|in|into|out
ending it all
end my life
think|thinking|thought|want|planning|tempted *5 jump|jumping *3 bridge|train|roof|building|cliff|lorry|viaduct|window|tower
run|walk|drive|step|walking|driving *2 in|into|off *3 front|traffic|train|lorry|bus|wall|tree|road *4 myself|think|thinking|end|want|over|train|lorry
dying is *3 easier|only|better|answer
only|one way *1 out *4 die|dying|death|dead|kill
intend|intention|planning|plan|decided|choose|prefer to die|death|kill|dying
die *3 own hand|purpose
worth more *4 dead
what happens *3 if|when|after *2 i *1 kill|die|dead|died
keep|cant|stop *3 thinking *3 killing|ending|suicide|dying|jumping|death
attempted|tried|nearly *4 kill|hang|overdose|strangle|drown|end|suicide *4 last|yesterday|monday|sunday|weekend|again|week|night|today
nearly|almost did it *3 last|yesterday|night|today
wanna|want|need to? hurt|harm|cut|punish|burn *1 myself
i|im cut|cutting|burn|burning|carve|carved|scratch|scratching *4 arm|arms|leg|legs|thigh|thighs|wrist|wrists|skin|belly|stomach|body
hurt|hurting|harm|harming|harmed|cut|cutting|burn|burning|punish|punishing|whip|starve|hitting|scratching|biting *1 ~myself
cutting again|since|every|stop|more|deeper
started|start|back|keep|been|stop|restarted *2 cutting|slashing|burning|sh|selfharm
relapsed|relapse|relapsing *3 cutting|sh|selfharm|cut|harm
do|doing|did|done sh
till|until *2 they|it|i|hands *1 bleed
khudkushi
tu tu
matarme|quitarme
me tuer
after ive|i kill|killed|gone|died|dead
""",
)

# Passive: wish to be dead, no reason to live, better off without me.
_group(
    "no_wish_to_live",
    Level.PASSIVE,
    """
wish|wished|hope|hoping|pray|prayed|praying|want|wanna *3 i *2 dead|die|died|born|alive|exist|existed|gone|asleep|wake
wish *3 i|id|it|car|bus|that|he|god *4 killed|took|taken|hit|kill me|had|instead
wish *2 i|id *2 never|not|wasnt|werent|hadnt *2 born|here|alive|exist|existed|wake|woken
wish i|id was|were|be *2 dead|gone|never|not|under|buried
better|best|happier|easier|nicer|richer|cleaner|peace|relieved|fine *6 if|when|with|without *2 i|me *2 dead|gone|died|wasnt|werent|here|disappeared|not|without
better of|off|with *1 without|out me|us|dad|mum|daughter
better|happier|easier|cleaner|nicer|fine without *2 me|father|mother
without *2 me *4 better|happier|easier|peace|world
rather|sooner|better|prefer *2 dead|die|death *1 than|now|be|then
rather|sooner be|was dead
better off dead
be better dead
dont|never|not|no|wont|didnt|nor|hardly|longer *1 wanna|want|wish *2 live|alive|exist|wake|living
dont|not|no|never|longer *1 wanna|want *1 be|stay|live|remain *2 here|alive|world|earth|around|planet *1 anymore|longer
not|no want *2 live|life|here|world|mornings|wake
dont|not wanna|want live|exist|be alive|anymore
not|never|no|dont wake|waking|woke up *1 tomorrow|again|ever|anymore|one
hope|hoping|pray|praying|wish|ask|asking|want *6 not|dont|never|no *2 wake|waking|open|stop
sleep *4 never|not|dont|forever *2 wake|waking|up
fall|go asleep|sleep *3 never|forever|not
no|any|single|every|more|have|without|what|little|longer *2 reason|reasons|point|sense|meaning|motive *3 live|living|alive|exist|life|existing
no|not|no *3 will|wish|desire|reason *2 to? live|exist|living
nothing|anything|nuffin|nobody|noone *2 live|living for
life|lifes|living *3 worth *1 living|it|anything
isnt|not|aint|no worth living|being|carrying
tired|sick|done|scunnered|fed|over *2 of|with *1 life|living|being *1 alive
tired of living|life|existing|being
done|over being alive
point *3 alive|living|live|existing
whats|what *2 point|reason *2 alive|living|life|live
pray|prayed|praying|dua|ask|asked|hope|hoping|hoped|long|longing *3 for|to *1 death|die|end
welcome|want|crave|prefer death
rest forever
sleep forever
stop|want|wanna|longer|not existing|exist
envy|jealous|envious *3 dead|died|coffin|comas|grave|people|who|friend
nobody|noone|naebody *2 miss|notice|care *4 me|us|gone|dead|died
if *3 car|bus|train|lorry|plane *4 hit|hits|took|fall|falls|came *4 happy|glad|thank|relief|move|mind|favour|care
being dead
dead sounds|seems|easier
world *2 better *1 without
why *2 am? *1 i|im *1 still? alive|living
cant|dont see *2 reason|point *3 live|living|alive|carry
""",
)

# Someone else.
_group(
    "someone_at_risk",
    Level.THIRD_PARTY,
    """
my|our|the|a|his|her|this|that|wor|wee|me $WHO|pupil|student|client|tenant|lodger|parishioner|learner|resident|customer *10 kill|killing|hang|hanging|drown|top|topping|unalive|shoot|off|throw|hurt|hurting|harm|harming|cutting|cut|cuts|end|ending|neck|burning $HIM
$WHO *8 suicidal
$WHO *8 wanna|wants|want|wanted|wishing *2 to? *1 die|dead|suicide
son|daughter|friend|mate|brother|sister|wife|husband|gf|bf|dad|mum|mother|father|girl|boy|lad|she|he *3 gonna|planning|threatening|threatens|threatened *2 jump|hang|suicide|overdose
$WHO *8 end|ending|ends|take|taking his|her|their *1 own? life
$WHO *8 dont|doesnt|didnt|not|no|never *2 wanna|want|wants|wish *2 live|alive|here|wake|exist
$WHO *8 better|happier *3 without him|her|them
$WHO *8 better off dead|without
he|she|they|son|daughter|friend|mate|brother|sister|wife|husband|gf|bf|dad|mum|mother|father|girlfriend|boyfriend|girl|boy|lad|grandson|granddaughter|nephew|niece|cousin|flatmate|partner *6 $TOOK *3 overdose|pills|bleach
he|she|hes|shes|son|daughter|friend|mate|brother|sister *6 on|off *2 bridge|roof|ledge|tracks|cliff|viaduct
$WHO *6 cutting|cuts|slashed|burns|selfharm|sh
$WHO *6 selfharming|selfharm|relapsed
cuts|burns|blood|scars|marks *3 on his|her arms|wrists|legs|arm
$WHO *2 left|wrote *2 note *4 gone|missing|car|out
$WHO *6 wont|not|cant|doesnt|isnt *2 wake|breathing|respond|responding
cant|wont|not wake him|her|them
$WHO *6 gonna|will|might|something *3 stupid|herself|himself
something stupid tonight
kill|hurt|harm|killing|hang|cut|hurting|harming|end|drown|cutting himself|herself|themselves|themself
her|his|their own life
suicidal *1 friend|son|daughter|brother|sister|mate|wife|husband|child|girl|boy|pupil|student|teenager
threat|threatening|threatened|threatens|threatens|talk|talks|talking|talked *3 suicide|kill|killing|ending|end|top|hang *2 himself|herself|themselves|life|it
someone|anyone|somebody *3 from killing|suicide
""",
)
_group(
    "will_attack",
    Level.THIRD_PARTY,
    """
im|ill|id|gonna|will|wanna|swear *3 kill|stab|shoot|murder|slaughter|merk|merking|plunge|strangle|shank *1 him|her|them|that|whoever|guy|lad|boy
gonna|ill|will|im *2 put|putting *2 knife|bullet|blade|axe *3 in|through *1 him|her|them|his|head
stabbing|shooting|killing him|her|them|that *3 tonight|tomorrow|monday|now|when|dead
slit his|her throat
burn *2 his|her|their house *2 down
""",
)

# Told to die: asked about.
_group(
    "told_them_to_die",
    Level.CHECK_IN,
    """
kys
kill|hang|neck|unalive|delete|drown|shoot|top|off|end|slit|string yourself|thissen
go|just|should|must|please|pls|better *2 and? kill|hang|die|jump|drown *1 yourself|already
told|tells|telling|said|says|saying|wrote|writes|keeps|wants|texted|messaged|commented|put|sent *5 kill|hang|unalive|neck|drown|off|end|do *1 myself|yourself
told|tells|telling|said|says|saying|wrote|keeps|wants|wishes|hope|hopes|asked *3 me|i|i'd|that *3 die|dead|jump|kms|suicide|rope
told|tells|saying|says|said *3 go|to|should die|jump|hang
should|deserve|ought|deserves *2 to? die|dead|kill|hang|jump|rope
do|doing *3 favour *4 jump|kill|die|hang|dead
nobody|noone will|would|gonna *1 miss|cry *1 you|me
nearest bridge
your|my funeral
other boys|girls|people killed
i should *1 be|just *1 dead|die
""",
)

# Words that make the same words harmless.
_group(
    "idiom",
    Level.NONE,
    """
dying|died|die|dead|dies of|from|with embarrassment|shame|laughter|cringe|laughing|boredom|curiosity|awkwardness
gonna|will|would|could|might|to|ll kill me
killing|killed|kills|kill me|it|time|him|off|payment|account
dead on|tired|line|end|phone|battery|good|funny|right|sure|certain|easy|serious|weight|slow|wrong
phone|battery|laptop|computer|screen *2 dead|died|dying
die|died|death for|laughing
over my dead body
jumped|jump *2 skin|queue|car|gun|conclusions|through|shower|bed|call|online|train|bus|scare|out
hang|hanging|hung on|out|up|fire|about|tight|in|with
cut|cuts|cutting *1 off|out|short|down|back|to|contact|ties|hair|grass|price|card|corners|paste|loose|up
end|ends|ending of|up|date|result|call|chat|session|subscription|contract
once|when|after its over
shot|shoot myself in the foot
kick|kicking myself
kill|killed two|the|off|time|mood|vibe
""",
)
