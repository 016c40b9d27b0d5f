### Momentos y esperas. Las frases que los rodean están en los otros archivos.

time-clock = { $hour }:{ $minute } { $zone }
time-date = { $day } de { $month } de { $year }
time-dated = { $date }, { $clock }
time-in = en { $wait }
time-under-a-minute = menos de un minuto
time-seconds = { $count ->
    [one] { $count } segundo
   *[other] { $count } segundos
}
time-minutes = { $count ->
    [one] { $count } minuto
   *[other] { $count } minutos
}
time-hours = { $count ->
    [one] { $count } hora
   *[other] { $count } horas
}
time-days = { $count ->
    [one] { $count } día
   *[other] { $count } días
}
time-pair = { $large } y { $small }
time-month = { $month ->
    [1] enero
    [2] febrero
    [3] marzo
    [4] abril
    [5] mayo
    [6] junio
    [7] julio
    [8] agosto
    [9] septiembre
    [10] octubre
    [11] noviembre
   *[12] diciembre
}
