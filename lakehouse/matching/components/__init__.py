"""Connected components: pairs -> the smallest id each record is connected with."""
