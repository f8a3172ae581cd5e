" Settings of .dyn files
" Made by grammar/editors/generate from the tables of the language; do not edit.

if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1
let b:undo_ftplugin = 'setl cms< com< et< sw< sts< fp< mp< efm<'

setlocal commentstring=#\ %s comments=:#
setlocal expandtab shiftwidth=4 softtabstop=4
setlocal formatprg=dync\ fmt\ -
setlocal makeprg=dync\ check\ %:S
setlocal errorformat=%E%trror[%*[A-Z]%n]:\ %m,%W%tarning[%*[A-Z]%n]:\ %m,%C\ %#-->\ %f:%l:%c,%-Z,%-G%.%#
