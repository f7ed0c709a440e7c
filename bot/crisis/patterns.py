# ruff: noqa: E501 - lists of words
"""What a crisis sounds like: spaCy token patterns in named groups, one group a reason.

Written for text that ``text.normalise``, ``text.words`` and ``spelling.plain`` have
been over: lower case, no apostrophes, one spelling (``im``, ``gonna``, ``tonight``).

A line is a sequence of tokens. ``a|b`` is one token of several; ``$NAME`` is a set below;
``x?`` may be missing; ``*3`` is up to three words within the sentence; ``~word`` allows
slips of the finger (spaCy's FUZZY).
"""

from __future__ import annotations

from bot.crisis.levels import Level

SETS: dict[str, str] = {
    "I": "i im ive id ill me",
    "KILL": "kill killing hang hanging drown drowning shoot shooting top topping neck necking unalive unaliving strangle strangling poison poisoning stab stabbing off offing kys rope roping gas gassing murder",
    "HARM": "cut cutting hurt hurting harm harming burn burning scratch scratching injure injuring punish punishing slice slicing starve starving",
    "SUICIDE": "suicide suicidal selfharm unalive unaliving kms ctb",
    "SOON": "tonight tomorrow today now midnight soon later minute minutes min mins hour hours morning friday saturday sunday monday tuesday wednesday thursday weekend sunset sunrise dawn rn",
    "WHEN": "tonight tomorrow today midnight",
    "NOWISH": "now rn already tonight",
    "DRUGS": "pills tablets overdose medication medicine medicines medicaments meds bleach poison paracetamol packet pastillas emoji_pills everything stuff",
    "PILLS": "pills tablets overdose medicine medicines medication medicaments bleach poison meds",
    "TOOK": "taken took take taking swallowed swallow swallowing eaten ate eat drank drunk drink downed necked had",
    "PLACE": "bridge ledge roof rooftop tracks railway cliff cliffs edge platform viaduct railing railings rail tower multistorey quarry weir motorway balcony",
    "MEANS": "rope noose blade razor razors knife gun shotgun pistol revolver rifle belt cord pills tablets scissors poison bleach syringe petrol emoji_knife emoji_gun emoji_pills",
    "BODY": "wrist wrists arm arms veins throat neck leg legs thigh thighs",
    "LIFE": "life",
    "THEYSAY": "he she they hes shes theyre",
    "WHO": "he she they hes shes theyre son daughter brother sister friend mate wife husband mum dad mother father boyfriend girlfriend partner cousin nephew niece flatmate roommate girl boy lad lass student pupil client bestie bro sis gf bf grandson granddaughter twin tenant colleague uncle aunt nan child kid someone somebody teenager stepson stepdaughter workmate classmate neighbour resident",
    "HIM": "himself herself themselves",
    "MINE": "my our his her their a the this one",
    "THEM": "he him she her they them his hes shes theyre",
    "WEAPON": "knife gun bat machete blade shank axe hammer petrol acid shotgun crowbar rifle pistol",
    "NEAR": "outside downstairs upstairs here inside door gate",
    "KIN": "father dad brother brothers uncle uncles cousin cousins husband family mother baba abu abbu ex stepdad",
    "WORSE": "knife blade razor lighter cigarette",
    "NOT": "not never wouldnt wont didnt isnt nor dont no without wasnt havent arent hardly doesnt",
    "TOLD": "told tells tell telling says said saying say asked asks ordered wants wanted want suggested wrote writes messaged texted",
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
unaliving *3 $SOON
unalive *3 $SOON
$WHEN *6 $KILL *1 myself
$SOON *4 gonna|will|ill *2 $KILL *1 myself
$SOON *4 im $KILL *1 myself
end|ending|take|taking|finish my|own life|it|this *4 $WHEN
end|ending|take|taking|finish my own? life *4 $SOON
$WHEN *5 end|ending|take|taking|finish my own? life
$WHEN *3 im|i|ill gonna|will? end|ending it
$WHEN *5 i hang|die|jump
jump|jumping|jumps *4 $WHEN
gonna|ill|will|im jump|jumping|hang|drown *4 $SOON
im|ill|be *2 dead *3 $WHEN|midnight|morning|sunday|saturday|friday|monday
$WHEN *4 ill|im|gonna *2 dead|die|jump
gonna|will|ill|must die|jump *3 $WHEN
wont|not be alive|here|around|there *3 $WHEN|morning
dead by|before *3 $SOON
last night alive|ever|on
topping|roping|necking|offing|unaliving *2 $WHEN
""",
)
_group(
    "doing_it_when",
    Level.IMMINENT,
    """
do|doing it *2 $WHEN
do|doing it now|rn
$WHEN *4 i|im|ill do|doing it
i|im|ill|gonna|then|and|will jump|hang|die
im ending it now|tonight|today
ive got|have *2 everything|evrything|what ready|need|here
got everything|evrything *2 ready|here|bag
picked tonight|today|tomorrow
tonights the night
its time now
one way or another tonight
""",
)
_group(
    "took_lot",
    Level.IMMINENT,
    """
$TOOK an overdose
$TOOK *2 all|whole|every|lot|loads|load|everything|bunch|handful|rest *4 $DRUGS
$TOOK too many $DRUGS
$TOOK the lot
$TOOK them all
$TOOK all *1 them
$TOOK every pill|tablet
$TOOK something|smth *4 sleepy|drowsy|weird|dizzy|die|work|working|hospital
swallowed *3 $DRUGS|everything|lot|packet|bottle
half *2 them *2 down|in me
$PILLS *1 are|r *1 in|down|inside
$PILLS *2 inside|in me
im|i have $TOOK|drunk|take poison|bleach
i|ive|already|have|i take|taken|took|swallowed|eat|ate|drunk|drank already|just|have? the|my|his|her|nans|mums|dads|moms|these|poison|some? *1 $PILLS
already started them|emoji_pills|pills
overdosed|overdosing now|tonight|already|just
just overdosed
taking|tkaing|took them *1 now|all|one
pills|tablets *1 gone|taken
""",
)
_group(
    "means_here",
    Level.IMMINENT,
    """
$MEANS *3 in|on my|hand|lap|hands|pocket|bag|neck|wrist|wrists
$MEANS *2 in front of me
$MEANS *1 is|are *2 here|ready|lap|hand|tied|up|loaded|beside|next
ive got|have *2 $MEANS *4 here|ready|hand|bed|pocket|lap|with|beside|front|bag|now
got|have|holding|hold *3 $MEANS *5 wrist|wrists|arm|throat|neck|now|here|hand
holding|hold|haudin|pressing *2 $MEANS
belt|rope|cord|noose|dupatta *2 round|around my? neck
round|around my neck
rope *3 up|tied|ready|hung|fan
noose *2 tied|ready|up
hung *2 rope
tied|tie|tying *2 rope|noose|cord|dupatta
$MEANS *2 lined up
locked|lock in|the|myself *3 bathroom|toilet *3 $MEANS
blade to my
knife to my
means *3 room|here|beside|coat|bag|hand
""",
)
_group(
    "place_now",
    Level.IMMINENT,
    """
im|am|stood|standing|sat|sitting|stand|sit|stepping|climbing|climbed *4 $PLACE
on|at|off|over|by the|a *1 ledge|tracks|edge|railings|railing|bridge|roof *2 now|rn|already|ready|gonna
on the bridge
wrong|other side of *1 rail|railing|railings|barrier
im|going|driving|walking|heading|gonna|leaving|off|away|driven|drive|walk|go *5 to|off|into *2 bridge|tracks|cliff|cliffs|viaduct|river|sea|railway|quarry
next train|one *2 mine|im|under|i
under *2 next? train
in *2 front *2 train
jumping|jump|step|stepping *2 off|from|out
gonna jump
about to jump
walking|walk|go|going into the sea|river|water|canal
let|letting go of *1 railing|rail
jump off the
climbing over now
""",
)
_group(
    "bleeding",
    Level.IMMINENT,
    """
cut|slit|opened|sliced|slashed *2 my|both *1 wrist|wrists|veins|throat|arms
cut *4 deep|deeply
cut myself *3 deep|bad|badly
blood everywhere|loads
loads|lots|losing|much|lot of? *2 blood
its|bleeding|blood|wont|not *2 stop|stopping *3 blood|bleeding
bleeding *4 purpose|stop|everywhere|lot|over
cutting right? now
emoji_blood *4 wrist|stop|cut|cant
in|running the bath *4 razor|blade
took|done something to myself
""",
)
_group(
    "last_words",
    Level.IMMINENT,
    """
goodbye *1 everyone|world|forever
this is|its my last message|goodbye|day|night
my last message|goodbye|night|day
tell|tel *1 my? mum|mam|dad|wife|son|mom|nan|family|kids|mother|parents|girls|boyfriend|girlfriend *3 sorry|love|loved|goodbye
said|say|saying|written|wrote|sent *2 goodbye|goodbyes *3 everyone|mum|family|kids|them|mates|him|her|cat
wrote|written|left|write *3 note|letter|letters *4 mum|mam|dad|wife|kids|family|parents|children|pillow|desk|fridge|table|dresser|everyone|brother|sister|abbu|husband|girls|boys
note|notes|letter|letters *2 on|under|in *2 pillow|desk|fridge|table|bed|drawer|dresser|side|case|glovebox
suicide note *4 on|done|ready|written
ill be gone|dead *3 $SOON|then|by|before
by then ill|i *2 gone|dead|done
when they|he|she|mum|wife find|finds me
after they find me
find *1 my body
the one who finds me
wont be here|around *2 at|by|when|to|tomorrow|morning|after
before|after im dead|gone
meet my maker
going to allah|god|jesus tonight
i go to allah|god
forgive me *5 tonight|taken|leaving|last
nighty night emoji_pills
""",
)

# Danger: from others, here or on the way; or made to hurt or perform now.
_group(
    "at_the_door",
    Level.DANGER,
    """
hes|shes|theyre|he|she|they *1 outside|downstairs
hes|shes|theyre|he|they|someone|man *2 at|in|inside|on|by my|the|our *1 door|doorstep|house|flat|home|gate|stairs|room|kitchen|building|drive|lobby|reception|hall
hes|theyre|shes here
hes got in
he here
banging|knocking|kicking|hammering|smashing|pounding|hitting *4 door|window|doors
smashed|broke|broken|kicked|forced *4 door|window|lock
waiting *2 for me *3 outside|gate|gates|school|work|door|station|exit
parked|sitting|sat|waiting *3 outside|opposite *2 my|our|the house|flat|home|work
followed|following|follows|chasing *2 me *3 home|from|off|now|into|here|rn
hiding in|from *3 bathroom|wardrobe|cupboard|loft|shed|room|toilet|him|them
im hidden
broken|breaking|broke into|in
hes|theyre|is|are breaking|smashing|kicking
let himself in
let me leave|go|out
wont let me *2 leave|go|out|end
locked me|us in
he|hes *1 coming up
emoji_door *1 emoji_knife
""",
)
_group(
    "on_the_way",
    Level.DANGER,
    """
hes|theyre|shes|is|are *1 on his|their|her|the way *2 here|over|now|to|home|round
hes|theyre|shes|he|they|is|are *2 coming|driving|flying|come|comes *3 here|round|over|tonight|now|mine|house|home|me|door|work|school|dorm|from
will|gonna|ill come|comes *3 my|mine|our house|home|door|school|work|dorm|room
come|comes|coming to my|mine|our *1 house|home|door|school|work|dorm|room|flat
meet|meeting|met him|them|her|me|up *4 tonight|now|alone|station|park|hotel|woods|later|pm
meeting *2 tonight
come alone
round the corner
tracked *3 phone|me|car
found out? where i live
knows where i *1 live|am *6 coming|tonight|visit|come
""",
)
_group(
    "violence",
    Level.DANGER,
    """
$THEM|$KIN *4 kill|stab|shoot|murder|slaughter|drown|strangle|beat|burn|break me|us|my|our
gonna|will|wanna|to kill|stab|shoot|murder|slaughter|beat|burn me|us
$KIN *5 gonna|will|to kill|murder|slaughter *1 me
they|he|she|family|father|brothers will|gonna kill|stab|shoot|murder|beat me
$THEM|$KIN *2 got|has|have|brought|carrying|carries|is *3 $WEAPON
throw|throws|thrown acid
break|brake my|our|your legs|neck|arms|kneecaps|bones
set fire to|the|my|our house|flat|home
burn|burning *2 my|our|the house|home|down
honour|honor|izzat|ghairat *4 kill|killing|killed|blood|die
kill *3 for|because *2 honour|honor|izzat|shame
wash *3 shame *3 blood
put|bury me|you in the ground
hit|hits|hitting|beat|beats|beating|choking|punched|strangled|choked|chokes me|mum|us
hurt|hurts|hurting me|us|my
booked|bought|got *3 flight|ticket|tickets *4 pakistan|somalia|india|bangladesh|mirpur|home
taken|took|take|locked|hid *3 passport
forced marriage
marry|marrying *3 friday|thursday|sunday|week|stranger
tied *1 my hands|me
""",
)
_group(
    "made_to",
    Level.DANGER,
    """
make|makes|making|made|force|forces|forcing|order|orders|ordered|ordering|telling|tell|tells|told|want|wants *1 me|us|her|him|kids *4 $HARM *3 live|cam|camera|stream|call|film|video|webcam|discord|now|proof
make|makes|making|made|force|forcing|forces|ordered|order|orders|ordering me|us|him|her *3 $HARM|stream|strip|perform|bleed|drink|live
making|makes|force|forcing me|us|her|him *2 stay|keep|do *3 cam|camera|live|call|video|things
go|going|stay|on live|cam|camera *5 or|now|mins|minutes|everyone
hurt|cut|burn|slap|hit *4 on|while|for *1 cam|camera|stream|call|live|video|film|facetime|vc
hurt|hurting|slap|hit|kill|stab *2 my|the|his|her *1 brother|sister|cat|dog|mum|hamster|pet|bro|sis
carve|cut|write *5 name *4 leg|arm|skin|stomach|body
live *3 making|telling|cut|harm|hurt
blood|bleed *3 for them|him|camera|sign|proof
they|he|she *3 watching|watch me *2 cut|burn|bleed
""",
)

# Active: wants to, thinks of, or prepares to kill or harm themselves.
_group(
    "kill_myself",
    Level.ACTIVE,
    """
$KILL *2 ~myself
kill me *3 before|because|today|rather
kms
ctb
~suicidal
commit|committing|make|making|attempt|attempting|do suicide
suicide *3 only|best|honourable|answer|way|mind|night|head|option
think|thinking|thought|thoughts|considering|considered|planning|plan *3 suicide|overdose|overdosing|jumping|hanging|dying|unaliving
suicidal|bad thoughts|feelings
thoughts of *2 suicide|harming|hurting|killing|dying|ending
unalive|unaliving *1 myself
end|ending|take|taking|took my own? life
ending|end it|things all? *3 thinking|think|thought|plan|myself
do|doing|done myself in
neck|yeet|yeeting|chuck|chucking|throw|throwing|throwing|fling|flinging *1 myself *3 off|under|out|in|into
self delete|deleting|destruct
off myself
catch the bus
wanna|want|gonna|ready|planning|decided|plan|prefer|choose|want to? die|dead
i|im|ive gonna|wanna|ready|decided|will *2 die
how *3 to|can|do *1 die|overdose|hang
painless|painful|quickest|easiest *2 way *2 die|go|dying|end|do
plan|planning *4 end|die|overdose|jump
not|no living|live *2 because|with *3 plan
if|when i|im *2 kill|killed|dead|die|died myself|would|will|does|do|what
game end myself
relapsed|relapse *4 cutting|selfharm|sh|cut
attempted|tried|try|trying *2 kill|hang|drown|strangle|overdose|end *1 myself|life
""",
)
_group(
    "hurting_myself",
    Level.ACTIVE,
    """
$HARM *2 myself
selfharm
cutting again
cut|cutting|cuts|burn|burning|scratch|scratching *2 my *1 arms|arm|legs|leg|wrists|wrist|thighs|thigh|skin|stomach|hand
started|stop|back|been|keep|keep *2 cutting
sh relapse
sh again
""",
)
_group(
    "preparing",
    Level.ACTIVE,
    """
given|giving|gave *3 my *3 away
put|putting|sorting|sorted|getting *2 affairs|paperwork|will *3 order|gone|family
after|when im gone
write|wrote|writing|written|word|drafted|drafting *3 note|letter|letters *4 goodbye|blame|when|after|them|kids|family
goodbye|suicide letter|letters|note|notes
only one? way out *4 dying|die|death|me
wont|not need|needing them|it|this *2 where
only|one way *3 out *3 dying|die|death
""",
)

# Passive: wish to be dead, no reason to live, better off without me.
_group(
    "wish_dead",
    Level.PASSIVE,
    """
wish|wished|wishing|hope|hoping|pray|prayed|praying|ask|asking *3 i|me|id|im *3 dead|die|died|gone|alive|disappear|born|wake
wish *3 was|were|wasnt|werent dead|alive|here|born|around
wish *2 never *1 been? born
better|rather *2 dead|die
id|i rather|sooner *2 dead|die|not *1 be|exist|wake|live
dont|wouldnt|doesnt|not|never|no *1 wanna|want|wish *3 live|alive|exist|be|wake|exist
dont|not wanna|want be|live|exist|wake *1 here|alive|anymore|up
dont want *2 mornings|future
not|never|dont|no *2 wake|waking *1 up
no|any|single|every|sense|nothing|anything *1 reason|point|sense|meaning *3 live|living|alive|exist|life|life
nothing|anything|noone *2 live|living for
life *2 worth *1 living
lifes|life|living *1 not|isnt *2 worth
life|it not|isnt|aint worth *1 living|it
better|happier|easier|relieved *3 without me
better|happier|easier *3 if i *3 died|dead|gone|wasnt|werent|disappeared|didnt|was|were|not
without me *3 better|happier
tired|sick|done|over|fed of|with|up *2 living|alive|existing|life
let me die|go
take me|us *2 god|lord|allah|home
god|allah|lord *3 take|took|call *2 me|soul|back|home
go|went|fall|sleep|asleep to|and *3 sleep *4 never|not|forever
sleep *3 never|not|forever *2 wake|waking|up
sleep forever
forever *1 sleep|nap
hope|hoping|pray|praying *4 dont|not|never|doesnt *2 wake|waking|stop
stop|want existing|existing
wanna|want|wish *1 disappear|vanish|erased *3 forever|life|world|earth
point *3 alive|living|live
never *2 been? born
miss me *2 gone|dead
jealous|envy *4 dead|grave|died
""",
)

# Someone else.
_group(
    "other_suicidal",
    Level.THIRD_PARTY,
    """
$WHO *6 kill|killing|hang|hanging|hurt|hurting|cut|cutting|harm|harming|drown|top|topping|unalive|unaliving|shoot|off|end|ending|neck $HIM
$WHO *5 ~suicidal
$WHO *6 wanna|wants|want|wanted *1 die|dead
$WHO *6 gonna|wants|wanna|will|to|ending|end|take|took|taking his|her|their own? life
$WHO *5 end|ending|ends it|things|all
$WHO *4 $TOOK *2 overdose|all|pills|tablets|everything|something
$WHO *4 overdosed
$WHO *4 kms|ctb|selfharm|suicide
$WHO *4 cutting|cuts|cut|burning *1 his|her|their|arms|herself|himself|themselves
$WHO *4 on|off|from *2 bridge|roof|ledge|tracks|multi|platform|edge|cliff
$WHO *6 dont|doesnt|not|no|didnt|never *2 wanna|want|wants *2 live|alive|here|wake|exist
$WHO *6 better *2 without him|her|them
$WHO *6 rather die
$WHO *5 jump|jumping|jumped
$WHO *4 note|letter *3 gone|left|missing|goodbye
suicidal friend|son|daughter|brother|sister|mate|wife|husband|child|girl|boy|pupil|student
$WHO *4 wont|not wake|breathing
$WHO *5 giving|given|gave *3 away
$WHO *4 saying|said|says|say|textin|texting *2 goodbye|bye
""",
)
_group(
    "will_hurt_them",
    Level.THIRD_PARTY,
    """
im|ill|id|gonna|will|i|could|wanna *2 kill|stab|shoot|murder|burn|slaughter|merk|merking|plunge|strangle|slit *1 him|her|them|that|whoever|the|his
gonna|ill|i *2 put *2 knife|bullet|blade *2 in him|her|them
put a|the bullet|knife|blade in
i swear|will *4 kill|stab him|them|her
find|found *3 kill|stab|murder him|her|them
""",
)

# Could be either.
_group(
    "told_to_die",
    Level.CHECK_IN,
    """
kys
kill|hang|neck|unalive|delete|drown|shoot|top|off yourself
$TOLD *2 me *3 kill|hang|die|jump|neck|end|hurt|do|cut
$TOLD *2 i should|ought|deserve *3 die|dead|kill|hang|jump|rope
go|just|should|must|deserve|pls|please die
i should|deserve *3 dead|die
hope|hopes *2 i|you die|dead
do|doing *2 favour *3 jump|kill|die|hang
you|i|members must|should|have die
off a bridge
nearest bridge
in|at my|your funeral
""",
)
_group(
    "no_way_out",
    Level.CHECK_IN,
    """
no|any|only|see|one *2 way *1 out|forward|through|back|round|past
want|wanna|wish|just|need|make *2 it|this|everything|all *3 over|stop|end|finish|finished
cant *2 do|take|cope|bear|carry|face|go|live|keep|handle|manage|continue|stand|hold|stick|endure *3 anymore|longer|on|this|it|like|going|life|tomorrow|monday|myself
cant cope|continue|anymore
cant|can *1 no more
whats|what|wheres *1 the? point|use *2 anymore|now|anything|even|is
end of *1 my|the|everything *1 rope|road|line|tether|strong|end
had|have enough
ive lost|nothing left
nothing|nobody|anything *1 left
my life|lifes|everything|its|it|im *2 over|finished|ruined|done
give|giving|given up
i|im done
i want out
make it *1 stop
no future|hope|strength
run out of road
breaking point
rock bottom
wanna|want|to|let end *1 this|it|everything
last|how much longer|more
go on like|living
dont know how|what *2 go|carry|do|live|keep *3 on|myself|this
not coping
no exit
nothing matters
i feel trapped|empty|broken|numb|lost
im trapped|broken|drowning
safe *2 own head
""",
)

# More certain lines: these decide by themselves.
_group(
    "going_now",
    Level.IMMINENT,
    """
$KILL *1 ~myself *1 tonight|today|tomorrow|now
wrong|other side of *1 rail|railing|railings|barrier|fence
on|at|by|over|to *2 ledge|tracks|parapet|railings|clifftop *4 jump|end|die|over|gonna|ready|bye|goodbye|sorry
on the *1 bridge|roof|ledge|tracks|cliff|cliffs|edge *4 ready|gonna|jump|bye|goodbye|sorry|cant|going|now|rn
going|walking|heading|driving|leaving|drive|walk|off|way|gone *3 to|into|for *2 bridge|tracks|cliffs|cliff|river|sea|railway|viaduct|canal|quarry *6 end|die|over|jump|wont|not|never|goodbye|bye|finish|in
im|ill|gonna|and go|going|walk|walking in the|to sea|river|water|canal
about|gonna|ready|going to? jump *5 bridge|roof|train|window|cliff|building|balcony|carpark|tower|block|pier
jump|jumping|throw|throwing|chuck|step|stepping|go|going *2 under|in *2 front|train|lorry|bus|tube *3 train|lorry|now|tonight|tomorrow
jump|jumping from|off|out *3 window|roof|bridge|balcony|pier|tower|building|car|cliff *3 tonight|now|tomorrow|today
on|at|by the|a *1 bridge|roof|ledge|tracks|platform|station|edge *8 tell|sorry|goodbye|bye|love
next train *3 mine|under|me|last
i|im|ill pull|pulling the trigger
let|letting go of *2 rail|railing|railings
not|never|wont|isnt|aint *2 coming|walking|swimming|driving|going *1 back|home *1 from|up|down|out|alive
wont|not be|see|live|make *3 tomorrow|midnight|sunrise|morning|weekend|christmas|monday|sunday *2 alive|here|around|around
never see|wake *2 tomorrow|morning|again
wont|shant|not|dont|never see *1 tomorrow|morning|sunrise
wont be here|around|alive *4 tomorrow|tonight|morning|monday|weekend|when|by|after|9|10
dead by|before *2 tonight|tomorrow|midnight|morning|sunrise|dawn|noon|monday|friday|sunday|weekend|time|he|they|she
gone by *2 tonight|tomorrow|midnight|morning|sunrise|dawn|time
ill|be|im *1 dead|gone *2 when|before|by *3 wake|read|find|posts|sends|home|morning|tomorrow|get
when|before *2 find|finds|read|reads *1 this|me|it ill|im
if i die|killed|kill tonight|today|tomorrow
last night|day|hour|message *2 alive|earth|ever|life|anyone|here
my last night|day|hours|hour|minutes|morning|breath
this is|its|thats *1 my? *1 goodbye
goodbye world|everyone|mum|mam|family|cruel|forever
bye everyone|world|forever|mum|all
end|ending|finish|finishing it|this|everything *2 tonight|today|tomorrow|rn
tonights|tonight is|its *1 the night
tonight|today|tomorrow *4 i|ill|im *1 die|dead|hang|jump|leave
i|ill|im|gonna|will|must|to *1 die|jump|hang *2 tonight|tomorrow|midnight
permanently|forever|good *1 tonight|tn
clocking|checking|logging|signing *1 out|off *3 forever|permanently|good|life|last|world
deleting|delete myself|me *3 tonight|today|now
got|have|bought|brought|set|is|are *3 rope|noose|pills|tablets|blade|razor|knife|gun *3 ready|tonight|waiting|prepared|lined|loaded
everything|all|evrything|it *1 is? *1 ready|prepared|set|prepare *3 tonight|now|bag|shed|room|cupboard
ive|i picked|chosen|chose *2 date|day|night|bridge
gonna|will|ill|im *1 do|doing it *3 tonight|now|today|tomorrow|morning|asleep|bed|midnight|minute|hour|friday|sunday|monday|saturday|leaves|alone|home|b4|before
ive|have|just|already *1 done it *2 now|goodbye|bye|tell|sorry|waiting
its|it done|happening *2 now|already
already done it
abt|about to do it
working up to it
ready to go now|tonight|home
im ready *2 goodbye|bye|die|tonight
ready to die
no turning|going back now
too late *3 took|taken|already|done|tell|swallowed
in the car *4 engine|exhaust|garage
engine *2 running *3 garage|shed
meet *1 god|allah|jesus|maker *3 tonight|soon|now
""",
)
_group(
    "taken_something",
    Level.IMMINENT,
    """
$TOOK *3 overdose
ive|just|already|have overdose
$TOOK *3 bottle|packet|box|handful *1 of? $PILLS
rope|noose|belt|cord *2 round|around *1 my? neck
ive|have|got *2 pills|rope|noose|blade *1 ready
rope|noose|pills|tablets is|are ready
$TOOK *1 all|loads|too|whole|every|bunch|handful|half|lots|bottle|packet|box|strip *4 $PILLS
$TOOK *1 them|it|those *1 all|now|already|hour|ago
$TOOK *1 the|my|his|her|mums|nans|dads|grans|moms|mothers|wifes|husbands|some|these|those *1 pills|tablets|bleach|poison|overdose|antifreeze *3 now|ago|already|and|just|help|sorry|goodbye|bye|dizzy|scared|sick|sleepy|feel
already|just|ive *1 took|taken|swallowed|swallow|drank|drunk|necked *3 pills|tablets|bleach|poison|lot|them|stuff|something|cupboard
swallowed|swallow|necked|downed *4 pills|tablets|bleach|poison|bottle|packet|lot|everything|cupboard|box|medicine|stuff
pills|tablets *2 gone|down|swallowed|inside|kicking|working|in *1 me
emoji_pills *3 gone|done|down|bye|night|tonight|goodbye|already
took|taken|done something *4 sleepy|drowsy|dizzy|hurt|regret|die|stupid|bad
took|taken|swallowed|had *3 too many *2 tablets|pills|paracetamol|of
$PILLS *6 sleepy|drowsy|dizzy|burning|birling|spinning|fuzzy|numb
getting|feel|feeling *2 sleepy|drowsy|numb *6 pills|tablets|took|taken|overdose
changed my mind *6 $PILLS
$PILLS *8 changed my mind
""",
)
_group(
    "bleeding_now",
    Level.IMMINENT,
    """
cut|slit|slashed|opened|sliced|cutting|slitting|slicing|slashing *3 wrist|wrists|veins|throat|artery
cut *2 too deep
cut|slashed|sliced *1 myself *4 deep|bad|badly|stop|blood|bleeding|hospital|bath
bleeding|blood *6 wont|not|cant|isnt *1 stop|stopping
wont|not stop|stopping bleeding
blood *2 everywhere|all|floor|over
losing|lost|so|lots|much *2 blood
knife|blade|razor|glass|scissors *3 to|on|against|at my *1 wrist|wrists|throat|arm|neck|skin|vein|chest|leg
gun|pistol|rifle|shotgun|barrel *4 my *1 head|mouth|lap|chin|temple|hand
loaded *3 gun|shotgun|rifle|pistol
gun|shotgun|rifle|pistol|revolver *3 loaded|lap|table
""",
)
_group(
    "letters_left",
    Level.IMMINENT,
    """
wrote|written|left|leaving|leave|put *3 note|letter|letters|notes *4 for|to|on|under|beside *4 everyone|body|when|sorry|goodbye|pillow|gone|find|finds|dead|died|morning
note|letter|letters|notes *3 written|done|ready|sealed|stamped *5 goodbye|bye|tonight|rope|going|evening|gone|ready|now|die
suicide note
goodbye letter|letters|note|notes|text|message|texts|msg|msgs|video
said|say|saying|sent *2 goodbye|goodbyes|bye *3 everyone|mum|mam|dad|kids|family|wife|husband|boys|girls|children|brother|sister|cat|dog|all
kissed *4 last time|goodnight|goodbye
last time *4 goodnight|hug|kiss|kissed|prayer
tell *2 mum|mam|mom|mother|dad|father|wife|husband|family|kids|boys|girls|son|daughter|parents|nan|sister|brother|mummy|mammy|karen *4 sorry|loved|love *3 them|her|him|bye|goodbye|tried|always|forgive|dead|gone
tell *2 mum|mam|mom|dad|wife|family|kids|boys|girls|parents|nan|mammy|mother *2 im|i *2 sorry|love|loved
by|before the time|then *3 read|find|see *4 ill|dead|gone
find|finds|found *1 me|body *5 dead|gone|hanging|morning|note
find my body
""",
)
_group(
    "wants_to_die",
    Level.ACTIVE,
    """
$KILL *1 ~myself
killing|kill|hang|shoot|harm|hurt me *2 because|before|rather|today|tonight|tomorrow
wanna|want kill|die|dead|hang|suicide
i|im|to|just|really|rather|ready *1 wanna|want|wish|ready|need|deserve *2 to? *1 die|dead
wanna|want|going|gonna|ready|trying|able|decided *1 to? end my own? life
my own life *3 take|taking|end|ending
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
game end myself
catch the bus *3 guts|forum|soon|ready|wanna
ending it all
end it all
end it *3 my life|life|myself|completely|for good
end my life
jump|jumping|jumped off|under|in|from *4 bridge|train|roof|building|cliff|lorry|car|viaduct|window|tower|flats *6 think|thinking|thought|every|want|wish|considering
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
clean *4 cutting|cut|sh|harm|relapsed|again
till|until *2 they|it|i|hands *1 bleed
bleed *2 punish|deserve
khudkushi
tu tu
matarme|quitarme
me tuer
ne zyc
wont need|be *4 where im|i|ill going|gone
worth living|carrying|going *3 plan
after ive|i kill|killed|gone|died|dead
""",
)
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
take|took|call|bring me *2 god|lord|allah|jesus|soon
god|lord|allah|jesus|he *3 take|took|takes|call|calls|bring *2 me|soul|life|back
let me die|sleep|go *2 lord|god|please|now|tonight|forever
pray|prayed|praying|dua|ask|asked|hope|hoping|hoped|long|longing *3 for|to *1 death|die|end
welcome|want|crave|prefer death
rest forever
sleep forever
stop|want|wanna|longer|not existing|exist
disappear|vanish|erased|gone *3 forever|earth|life|world|planet|existence
envy|jealous|envious *3 dead|died|coffin|comas|grave|people|who|friend
nobody|noone|naebody *2 miss|notice|care *4 me|us|gone|dead|died
miss|notice *2 me|us *2 gone|dead|died
wouldnt|wont|not move|care|mind *4 bus|car|train|die|died|dead|wake
if *3 car|bus|train|lorry|plane *4 hit|hits|took|fall|falls|came *4 happy|glad|thank|relief|move|mind|favour|care
burden *4 everyone|family|them|dead|gone|without
being dead
dead sounds|seems|easier
my life *2 not|isnt|no worth
world *2 better *1 without
not|wasnt|never *1 meant|supposed *3 here|alive|live
shouldve|should have *2 died|dead|born
why *2 am? *1 i|im *1 still? alive|living
cant|dont see *2 reason|point *3 live|living|alive|carry
""",
)
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
$WHO *6 overdosed
he|she|hes|shes|son|daughter|friend|mate|brother|sister *6 on|off *2 bridge|roof|ledge|tracks|cliff|viaduct
$WHO *6 cutting|cuts|slashed|burns|selfharm|sh
$WHO *6 selfharming|selfharm|relapsed
cuts|burns|blood|scars|marks *3 on his|her arms|wrists|legs|arm
razor|razors|blades|blade|rope|noose|pills|tablets|knives *5 his|her|him|from *2 room|bag|bed|off|drawer|schoolbag
$WHO *6 note *2 gone|left *2 gone|missing|out
$WHO *2 left|wrote *2 note *4 gone|missing|car|out
$WHO *6 wont|not|cant|doesnt|isnt *2 wake|breathing|respond|responding
cant|wont|not wake him|her|them
$WHO *6 gonna|will|might|something *3 stupid|herself|himself
something stupid tonight
kill|hurt|harm|killing|hang|cut|hurting|harming|end|drown|cutting himself|herself|themselves|themself
her|his|their own life
suicidal *1 friend|son|daughter|brother|sister|mate|wife|husband|child|girl|boy|pupil|student|teenager
want|wants|wanted him|her to live
threat|threatening|threatened|threatens|threatens|talk|talks|talking|talked *3 suicide|kill|killing|ending|end|top|hang *2 himself|herself|themselves|life|it
someone|anyone|somebody *3 from killing|suicide
he|she did|does it before
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
run him|her over
""",
)
_group(
    "here_now",
    Level.DANGER,
    """
hes|shes|theyre outside *3 my|our|now|rn|door|house|again|shouting|with|in
hes|shes|theyre|he|she|they|someone|man|men|ex|dad|brother|brothers|uncle|uncles|lads|blokes|people *3 outside *2 my|our|the *1 house|flat|door|home|window|room|work|school
outside my|our|the *1 house|flat|door|home|window|room|gate
hes|shes|theyre *2 at|on *1 my|the|our *1 front? *1 door|doorstep|gate|window
hes|shes|theyre *1 in|inside *1 my|the|our|me *1 back? house|flat|home|garden|building|stairwell|hallway|loft
hes|theyre|shes|just *1 got|come|broken|forced|let in|inside|himself|themselves *2 now|the|house|back|help
hes|shes|theyre|man|someone|people|him|ex|they *4 banging|knocking|kicking|hammering|pounding|hitting|battering|trying|breaking|smashing|buzzing *4 door|window|gate|handle|buzzer
theyre|hes|is|are kicking|breaking|smashing|battering *2 door|window|in
door *3 banging|kicked|kicking|hammering|forced
someone|somebody|man|men|lads|car|van|he|they|people *2 followed|following|follows|chasing me *3 home|now|off|from|into|rn|right
following|followed|chasing me *2 home|now|rn|right
hiding *2 in|from|under|upstairs *3 bathroom|wardrobe|cupboard|loft|shed|room|toilet|him|them|bed|toilets
i|im|we|ive *2 hidden|hiding|locked|locking|close *4 bathroom|wardrobe|cupboard|toilet|loft|shop|toilets|room
coming|comes|come up the stairs
on *1 his|their|her|the way *1 here|over|now|to|round|mine|from|with
hes|theyre|they|he|they|are|is *2 coming|driving|heading|travelling|flying *4 kill|hurt|get|beat|stab|find|burn *1 me|us
coming|come|comes to|for|round *2 kill|hurt|get|beat|stab|burn|find *4 tonight|now|knife|gun|brothers|cousins|mates|house|kill
will|gonna|ill|hell|theyll|is|are|he|they *1 come|coming|comes|be *3 my|mine|our|the *1 house|home|door|flat|room|work|school *4 tonight|now|today|tomorrow|hour|minutes|mins|kill|hurt|knife|if|pm
minutes|mins|streets away *4 coming|knife|says
wont|cant|not|refuses|refusing *2 let|leave *1 me *2 leave|go|out|alone
locked *1 me|us *1 in|inside|up
locked the|all *1 door|doors *4 passport|me|us|phone|out
holding|keeping|trapped|stuck *2 in|at his|her|the *1 flat|house|room|car
in his flat|car|house|room *4 cant|wont|help|locked|phone|scared|out
hes|he|theyre|they got|have|has *2 knife|gun|machete|blade|bat|hammer|acid|petrol|shank|axe *4 outside|door|here|now|said|showed
waiting *3 for me *4 outside|gate|gates|school|work|door|station|exit|car|bats|knife|home|corner
parked|waits|loitering *3 outside|opposite|below|across *3 my|our|house|flat|home|work|window|gate|street
silent 999
cant talk|speak *4 hes|here|room|listening|door|house
next room *3 help|cant|police
""",
)
_group(
    "violence_certain",
    Level.DANGER,
    """
father|dad|brothers|brother|uncle|uncles|cousins|cousin|husband|family|mother|baba|abu|abbu|parents|laws|they|theyll|he|hell *6 gonna|will|want|wants|going|decided|to|would *1 kill|murder|slaughter|burn|stab|shoot|behead me *4 honour|honor|izzat|shame|joking|tonight
kill|killed|murder|slaughter *4 honour|honor|izzat|ghairat|shame
honour|honor *2 killing|killed|kill|violence
kill me *3 not|really|actually|literally|seriously|mean *2 joking|mean|exaggerating|joke|really
said|says|threatened|threatening|threatens|swears|swore *3 kill|stab|shoot|burn|acid|hurt|beat|rape|murder|drown *1 me|us|mum|kids
said|says|threatened|threatening *4 throw|thrown acid
throw acid
acid *3 face|me|us
break|breaks|smash|kneecap *1 my|me|our|your *1 legs|bones|arms|kneecaps|neck|face|brother
set|burn|burning|torch *2 my|our|the house|home|flat|car *3 fire|down|us
he|she|dad|hes|husband|bf|ex|stepdad|brother|theyre|they *3 hitting|beating|choking|strangling|punching|attacking|stabbing|kicking me|mum|us|her|my
beat|beating|beaten|hit|hitting *3 me|us *3 tonight|now|again|today|if|when|finds
flight|ticket|tickets|fly|flying|plane|sending|taking|taken *3 pakistan|somalia|india|bangladesh|mirpur|abroad|iraq|back|home *8 marry|marriage|married|back|nikah|kill|uncle
forced|force *2 marriage|marry|nikah
taken|took|hid|hidden|has|got|locked *2 my *1 passport|phone *5 flight|locked|marry|room|kill|pakistan|decide|decided
wash *3 shame|honour|name *3 blood
put|bury me in|under *1 the ground
throat *1 cutting|slit
cut *2 my|our|your throat|throats
dug *2 hole|grave
nobody|noone *1 will? find *1 my|me|your *1 body
""",
)
_group(
    "made_to_certain",
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
go|going|be live|cam|camera *2 now|in|at|or *5 or|everyone|leak|leaks|post|posts|minutes|mins|harm|hurt
hes|theyre|they *2 watching *4 cut|burn|hurt|camera|cam|live
live|livestream|stream *3 right now|now *5 telling|tell|make|making|cut|orders
blood *3 sign|proof|camera|cam|them
do *2 live *4 or *3 sister|brother|mum|post|leak|send
""",
)
_group(
    "cannot_go_on",
    Level.CHECK_IN,
    """
cant|not|couldnt|never *2 do|take|bear|carry|handle|manage|stand|face|endure|cope|live|go|keep|continue|stick|hold *3 anymore|longer|on|with|it|this|going|like|up
cant|cannot cope|continue|anymore|breathe|more|resist
want|wanna|wish|need|let|make|jist|just *3 it|this|everything|all|that|nightmare *1 to? *1 be? *2 over|stop|end|ends|finish|finished|done|gone
it|this|everything has|must|needs to? stop|end
no|any|only|see|one|single|other *2 way|road|exit|door|escape *2 out|forward|through|back|round|left|for|from|me|anymore
dont|not|no|cant see *3 way|exit|end|future|tomorrow|out|through|after|past|point
whats|what|wheres|no|any *2 point|use *2 anymore|now|anything|trying|even|going|of
end of *1 my|the *1 rope|road|line|tether|strong|strength
ive|had|have|enough enough|had|of *3 everything|life|all|it
nothing|nobody|noone|little left
left *1 for me|to
life|future|everything|lifes *3 over|finished|ruined|gone|done|destroyed|khalas
its|it|im|thats *2 all? over|finished|done *2 for|now|with|me
give|giving|gave|given up
im|am|i *1 so? done *1 with? *1 everything|it|all|fighting|now|me
run out of road|options|hope|strength
breaking|rock|at|end point|bottom|limit|edge
lost|no|without *1 all|any hope
no|havent *2 strength|energy|fight|future|hope *1 left|for|to|anymore
how much longer|more *3 take|do|stand|cope|manage|stick
how *2 long|much *2 longer
dont know *2 how|what *2 go|carry|live|keep|do|remains *3 on|going|myself|tonight|with
not|dont|cant|isnt|barely coping|cope
im|feel|feeling|i trapped|empty|numb|broken|hopeless|drowning|worthless|collapse|collapsing|beat|beaten|defeated
nothing matters|helps|left
dont|not feel *1 safe
hate|hating myself|existing
dark *1 place
somewhere dark
falling|fallen apart
bear *2 thought|it|another
cant|dont|not picture|imagine|see *2 anything|future|tomorrow|after|past|myself
tired of *3 everything|fighting|trying|it
too tired
god *2 abandoned|forgotten
escape *2 everything|all|life
disappear
what *2 left for me
""",
)
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
world *3 better *3 without *1 you|liars|u
nobody|noone will|would|gonna *1 miss|cry *1 you|me
nearest bridge
off a bridge
your|my funeral
other boys|girls|people killed
i should *1 be|just *1 dead|die
""",
)

# Words that make the same words harmless. They only ever lower what was learned.
_group(
    "laughing",
    Level.NONE,
    """
lol|lmao|haha|hahaha|lmfao|rofl|emoji_laugh|jk|banter|literally|ffs
im dead emoji_skull|lol
haha|hehe
""",
)
_group(
    "denied",
    Level.NONE,
    """
not|never|isnt|wasnt|arent|aint *3 ~suicidal|risk|danger
not|never|wouldnt|wont|no|dont|nor|havent|without *4 $KILL|$HARM *1 myself
not|never|no|dont|nor|havent *4 wanna|want|wish|thought|thoughts|intention|plan|thinking *3 die|suicide|dead|kill|end|hurt|harming|harm
im|i am? safe|fine|okay|ok|alright|well|grand|sound
dont worry
dw im
""",
)
_group(
    "long_past",
    Level.NONE,
    """
years|yrs|decades|months ago|back|since|on
used to
in|since|back|at $YEAR
when i was
long|far behind|ago|past
recovered|recovery|sober|therapy|counselling
last year
""",
)
_group(
    "work_and_play",
    Level.NONE,
    """
game|games|gaming|film|movie|episode|netflix|book|novel|song|lyrics|album|minecraft|fortnite|cod|gta|hangman|play|playing|podcast|series|telly|homework|essay|dissertation|thesis|band|character|chapter|panto|drama|gcse|romeo|macbeth
""",
)
_group(
    "home_and_food",
    Level.NONE,
    """
cooking|onion|pizza|dinner|tea|lunch|cake|pie|headache|vet|worming|dentist|haircut|hairdresser|football|gym|run|garden|dog|cat|kettle|pasty|chips|pub|holiday|walk
""",
)
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

# The groups that decide by themselves when nothing turns them round; the others inform the learned half.
DECIDING = frozenset(
    {
        "going_now", "taken_something", "bleeding_now", "letters_left", "kill_when", "wants_to_die", "no_wish_to_live",
        "someone_at_risk", "will_attack", "here_now", "violence_certain", "made_to_certain", "told_them_to_die", "cannot_go_on",
    }
)  # fmt: skip
