set encoding utf8
if (!exists('format')) format = 'svg'
if (format eq 'svg') set terminal svg size 1040,420 dynamic name 'precision_recall' font 'DejaVu Sans,Helvetica,sans-serif,13' noenhanced
if (format eq 'png') set terminal pngcairo size 1040,420 font 'DejaVu Sans,11' noenhanced
if (format eq 'pdf') set terminal pdfcairo size 10.83,4.38 font 'DejaVu Sans,10' noenhanced
set output 'precision_recall.'.format
set datafile separator ','
set border 3 lc rgb '#6B7280'
set tics nomirror scale 0.5 textcolor rgb '#3B4252'
set grid ytics lc rgb '#E5E7EB' lw 1
unset key
set xlabel 'windows found (recall)'
set ylabel 'alarms inside windows (precision)'
set yrange [0:1]
set key top right
plot 'curves.csv' using 2:3 every ::1 with lines lw 2 lc rgb '#0072B2' title 'all parts', 'curves-gaussian.csv' using 2:3 every ::1 with lines lw 2 lc rgb '#6B7280' title 'moving Gaussian'
