### Zeitpunkte und Wartezeiten. Eine Wartezeit steht hier immer im Nominativ oder Akkusativ; die
### Sätze in den anderen Dateien sind so gebaut, dass das passt.

time-clock = { $hour }:{ $minute } { $zone }
time-date = { $day }. { $month } { $year }
time-dated = { $date }, { $clock }
time-in = noch { $wait }
time-under-a-minute = weniger als eine Minute
time-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}
time-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
time-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
time-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
time-pair = { $large } und { $small }
time-month = { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
}
