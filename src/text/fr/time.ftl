### Instants et durées. Les phrases qui les entourent sont dans les autres fichiers.

time-clock = { $hour }:{ $minute } { $zone }
time-date = { $day } { $month } { $year }
time-dated = { $date }, { $clock }
time-in = dans { $wait }
time-under-a-minute = moins d’une minute
time-seconds = { $count ->
    [one] { $count } seconde
   *[other] { $count } secondes
}
time-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
time-hours = { $count ->
    [one] { $count } heure
   *[other] { $count } heures
}
time-days = { $count ->
    [one] { $count } jour
   *[other] { $count } jours
}
time-pair = { $large } et { $small }
time-month = { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
}
