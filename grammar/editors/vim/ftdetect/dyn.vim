" Made by grammar/editors/generate from the tables of the language; do not edit.
au BufRead,BufNewFile *.dyn setfiletype dyn
